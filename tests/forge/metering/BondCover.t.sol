// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {INodeBonds} from "../../../contracts/metering/INodeBonds.sol";
import {BondTest} from "./BondTest.sol";

/// @title What a quorum would lose: the q smallest bonds of members with a key, and nothing once that is not known
contract BondCoverTest is BondTest {
    function setUp() public override {
        super.setUp();
        _deposit(0, 400);
        _deposit(1, 100);
        _deposit(2, 300);
        _deposit(3, 200);
    }

    function test_CoverIsTheSumOfTheSmallestBondsOfAQuorum() public view {
        assertEq(_cover(), 600, "100 + 200 + 300");
        assertEq(bonds.coverOf(address(1)), 0, "in what nobody bonded");
    }

    function test_UnbondingLeavesCoverAtOnce() public {
        vm.expectEmit(address(bonds));
        emit INodeBonds.CoverRefreshed(address(token), 550);
        _unbond(2, 50);
        assertEq(_cover(), 550, "cover");
        vm.warp(block.timestamp + UNBONDING);
        _withdraw(2, tenant);
        assertEq(_cover(), 550, "a withdrawal changes nothing");
    }

    function test_CoverIsNothingFromASlashUntilItIsRefreshed() public {
        _slash(_range(1, 1));
        assertEq(_cover(), 0, "not known");
        bonds.refreshCover(address(token));
        assertEq(_cover(), 900, "the other three");
        _slash(_range(2, 1));
        bonds.refreshCover(address(token));
        assertEq(_cover(), 0, "two nodes are no quorum");
    }

    function test_AStrangerWhoHasHimselfSlashedLeavesCoverAsItIs() public {
        address[] memory colds = new address[](1);
        colds[0] = makeAddr("stranger");
        vm.prank(colds[0]);
        nodeSet.join(makeAddr("stranger's key"));
        vm.prank(oracle.evidence());
        bonds.slash(colds, challenger);
        assertFalse(nodeSet.isJoined(colds[0]), "expelled all the same");
        assertEq(_cover(), 600, "cover");
    }

    /// @dev Wherever among them the member stands.
    function test_CoverIsNothingFromASlashOfAMemberTogetherWithAStranger() public {
        address[] memory colds = new address[](2);
        (colds[0], colds[1]) = (_cold(1), makeAddr("stranger"));
        for (uint256 i = 0; i < 2; ++i) {
            uint256 snapshot = vm.snapshotState();
            vm.prank(oracle.evidence());
            bonds.slash(colds, challenger);
            assertEq(_cover(), 0, "not known");
            vm.revertToState(snapshot);
            (colds[0], colds[1]) = (colds[1], colds[0]);
        }
    }

    function test_CoverIsNothingFromALeaveUntilItIsRefreshed() public {
        vm.prank(_cold(3));
        nodeSet.leave();
        assertEq(_cover(), 0, "not known");
        bonds.refreshCover(address(token));
        assertEq(_cover(), 800, "400 + 100 + 300");
    }

    function test_CoverIsNothingFromANewConfigurationUntilItIsRefreshed() public {
        address cold = makeAddr("newcomer");
        vm.prank(cold);
        nodeSet.join(makeAddr("newcomer's key"));
        assertEq(_cover(), 600, "one that only joined signs nothing");
        address[] memory colds = _colds();
        colds[0] = cold;
        vm.prank(issuer);
        nodeSet.configure(address(oracle), colds, METRICS);
        assertEq(_cover(), 0, "not known");
        bonds.refreshCover(address(token));
        assertEq(_cover(), 300, "0 + 100 + 200");
    }

    function test_ARotationChangesNoCover() public {
        vm.prank(_cold(1));
        nodeSet.rotate(makeAddr("spare"));
        assertEq(_cover(), 600, "cover");
    }

    function test_BondsOfStrangersCoverNothing() public {
        _bondNode(tenant, address(token), 1e6);
        assertEq(_cover(), 600, "cover");
    }

    /// @dev Any bonds, any size of node set, some nodes gone.
    function testFuzz_CoverIsWhatTheSmallestQuorumHasBonded(uint256 size, uint256 seed, uint256 gone) public {
        uint256 n = _sizes()[size % 5];
        vm.warp(GENESIS);
        _deploy(n);
        for (uint256 i = 0; i < n; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            if (draw % 4 != 0) _deposit(i, uint96(1 + (draw >> 8) % (draw % 3 == 0 ? 3 : 1e12)));
        }
        assertEq(_cover(), _trueCover(address(token)), "all there");
        gone = bound(gone, 1, n / 3 + 1);
        for (uint256 i = 0; i < gone; ++i) {
            vm.prank(_cold((seed % n + i) % n));
            nodeSet.leave();
        }
        assertEq(_cover(), 0, "not known");
        bonds.refreshCover(address(token));
        assertEq(_cover(), _trueCover(address(token)), "some gone");
    }
}
