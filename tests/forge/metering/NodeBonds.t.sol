// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {INodeBonds} from "../../../contracts/metering/INodeBonds.sol";
import {NodeBonds} from "../../../contracts/metering/NodeBonds.sol";
import {NodeSet} from "../../../contracts/metering/NodeSet.sol";
import {FeeToken} from "../support/tokens/FeeToken.sol";
import {ReentrantToken} from "../support/tokens/ReentrantToken.sol";
import {TestUSD} from "../../../contracts/testing/TestUSD.sol";
import {BondTest} from "./BondTest.sol";

/// @title A node's bond: in by anyone, out by the node after 21 days, away by evidence alone
contract NodeBondsTest is BondTest {
    // ------------------------------------------------------------------ //
    // In and out
    // ------------------------------------------------------------------ //

    function test_AnyonePaysForANodeAndWhatIsPaidIsTheNodes() public {
        token.mint(tenant, 700);
        vm.startPrank(tenant);
        token.approve(address(bonds), 700);
        vm.expectEmit(address(bonds));
        emit INodeBonds.Bonded(_cold(1), address(token), tenant, 700);
        bonds.deposit(_cold(1), address(token), 700);
        vm.stopPrank();
        _deposit(1, 50);
        _assertBond(1, 750, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(INodeBonds.NodeBonds_BondTooSmall.selector, tenant, 0, 1));
        vm.prank(tenant);
        bonds.unbond(address(token), 1);
        assertEq(token.balanceOf(address(bonds)), 750, "held");
    }

    function test_WhatIsUnbondedIsPaidAfter21Days() public {
        _deposit(1, 700);
        uint256 until = block.timestamp + UNBONDING;
        vm.expectEmit(address(bonds));
        emit INodeBonds.Unbonding(_cold(1), address(token), 300, uint40(until));
        _unbond(1, 300);
        _assertBond(1, 400, 300, until);

        vm.warp(until - 1);
        vm.expectRevert(abi.encodeWithSelector(INodeBonds.NodeBonds_StillUnbonding.selector, _cold(1), until));
        _withdraw(1, tenant);
        vm.warp(until);
        vm.expectEmit(address(bonds));
        emit INodeBonds.BondWithdrawn(_cold(1), address(token), tenant, 300);
        assertEq(_withdraw(1, tenant), 300, "paid");
        assertEq(token.balanceOf(tenant), 300, "to whom the node said");
        _assertBond(1, 400, 0, 0);
        vm.expectRevert(INodeBonds.NodeBonds_ZeroAmount.selector);
        _withdraw(1, tenant);
    }

    function test_UnbondingAgainAddsUpAndStartsThe21DaysAnew() public {
        _deposit(1, 700);
        _unbond(1, 300);
        vm.warp(block.timestamp + 20 days);
        _unbond(1, 100);
        uint256 until = block.timestamp + UNBONDING;
        _assertBond(1, 300, 400, until);
        vm.warp(until - 1);
        vm.expectRevert(abi.encodeWithSelector(INodeBonds.NodeBonds_StillUnbonding.selector, _cold(1), until));
        _withdraw(1, tenant);
        vm.warp(until);
        assertEq(_withdraw(1, tenant), 400, "paid");
    }

    function test_RevertWhen_MoreIsUnbondedThanThereIs() public {
        _deposit(1, 700);
        vm.expectRevert(abi.encodeWithSelector(INodeBonds.NodeBonds_BondTooSmall.selector, _cold(1), 700, 701));
        _unbond(1, 701);
        _unbond(1, 700);
        vm.expectRevert(abi.encodeWithSelector(INodeBonds.NodeBonds_BondTooSmall.selector, _cold(1), 0, 1));
        _unbond(1, 1);
    }

    function test_RevertWhen_NothingOrNobodyIsNamed() public {
        vm.expectRevert(INodeBonds.NodeBonds_ZeroAmount.selector);
        bonds.deposit(_cold(0), address(token), 0);
        vm.expectRevert(INodeBonds.NodeBonds_ZeroAddress.selector);
        bonds.deposit(address(0), address(token), 1);
        vm.expectRevert(INodeBonds.NodeBonds_ZeroAmount.selector);
        bonds.unbond(address(token), 0);
        vm.expectRevert(INodeBonds.NodeBonds_ZeroAddress.selector);
        bonds.withdraw(address(token), address(0));
        vm.expectRevert(INodeBonds.NodeBonds_ZeroAddress.selector);
        bonds.claim(address(token), address(0));
        vm.expectRevert(INodeBonds.NodeBonds_ZeroAmount.selector);
        bonds.claim(address(token), tenant);
        vm.expectRevert(INodeBonds.NodeBonds_ZeroAddress.selector);
        new NodeSet(address(authority), address(0));
    }

    function test_RevertWhen_TheTokenKeepsAFee() public {
        FeeToken charging = new FeeToken();
        charging.mint(address(this), 100);
        charging.approve(address(bonds), 100);
        vm.expectRevert(abi.encodeWithSelector(INodeBonds.NodeBonds_WrongAmountReceived.selector, 100, 99));
        bonds.deposit(_cold(0), address(charging), 100);
    }

    /// @dev A token that calls back may take out what is there, and then what came in is not what was asked.
    function test_RevertWhen_ADepositCallsBackIntoAnExit() public {
        ReentrantToken calling = new ReentrantToken();
        token = calling;
        _slashOne(1, 500);
        bonds.seize(_cold(1), 0, address(token));
        vm.prank(address(token)); // who calls in the middle of a transfer has nothing to claim
        vm.expectRevert(INodeBonds.NodeBonds_ZeroAmount.selector);
        bonds.claim(address(token), tenant);

        challenger = address(token);
        _deposit(2, 500);
        uint256[] memory one = _range(2, 1);
        _slash(one);
        bonds.seize(_cold(2), 0, address(token));
        token.mint(address(this), 100);
        token.approve(address(bonds), 100);
        calling.callDuringNextTransfer(address(bonds), abi.encodeCall(bonds.claim, (address(token), tenant)));
        vm.expectRevert();
        bonds.deposit(_cold(0), address(token), 100);
    }

    // ------------------------------------------------------------------ //
    // Slashing
    // ------------------------------------------------------------------ //

    function test_EvidenceTakesTheWholeBondAlsoWhatIsUnbondingInEveryStablecoin() public {
        _deposit(1, 701);
        _unbond(1, 300);
        vm.expectEmit(address(bonds));
        emit INodeBonds.Slashed(_cold(1), 0, challenger);
        _slash(_range(1, 1));
        assertEq(bonds.generationOf(_cold(1)), 1, "generation");
        _assertBond(1, 0, 0, 0);
        (uint96 inUsd,,) = bonds.bondOf(_cold(1), address(usd));
        assertEq(inUsd, 0, "in the other stablecoin too");
        assertEq(bonds.slashedBondOf(_cold(1), 0, address(token)), 701, "waits to be seized");

        vm.expectEmit(address(bonds));
        emit INodeBonds.Seized(_cold(1), 0, address(token), 140, 561);
        bonds.seize(_cold(1), 0, address(token));
        assertEq(bonds.claimable(challenger, address(token)), 140, "a fifth, rounded down");
        assertEq(bonds.claimable(bondReserve, address(token)), 561, "the rest");
        assertEq(bonds.slashedBondOf(_cold(1), 0, address(token)), 0, "seized");
        bonds.seize(_cold(1), 0, address(usd));
        assertEq(bonds.claimable(bondReserve, address(usd)), NODE_BOND - NODE_BOND / 5, "usd");

        vm.prank(challenger);
        assertEq(bonds.claim(address(token), tenant), 140, "challenger");
        vm.prank(bondReserve);
        assertEq(bonds.claim(address(token), bondReserve), 561, "reserve");
        assertEq(token.balanceOf(address(bonds)), 0, "nothing left");
    }

    function test_UnbondingDoesNotOutrunEvidence() public {
        _deposit(1, 700);
        _unbond(1, 700);
        vm.warp(block.timestamp + UNBONDING - 1);
        _slash(_range(1, 1));
        vm.warp(block.timestamp + 1);
        vm.expectRevert(INodeBonds.NodeBonds_ZeroAmount.selector);
        _withdraw(1, tenant);
    }

    function test_RevertWhen_ABondIsSeizedTwiceOrWithoutASlash() public {
        _deposit(1, 700);
        vm.expectRevert(abi.encodeWithSelector(INodeBonds.NodeBonds_NotSlashed.selector, _cold(1), 0));
        bonds.seize(_cold(1), 0, address(token));
        _slash(_range(1, 1));
        bonds.seize(_cold(1), 0, address(token));
        vm.expectRevert(INodeBonds.NodeBonds_ZeroAmount.selector);
        bonds.seize(_cold(1), 0, address(token));
        vm.expectRevert(abi.encodeWithSelector(INodeBonds.NodeBonds_NotSlashed.selector, _cold(1), 1));
        bonds.seize(_cold(1), 1, address(token));
    }

    /// @dev What is paid in after a slash is of a new generation: the old evidence does not reach it.
    function test_ANodeBondsAnewAfterASlashAndEachSlashHasItsOwnChallenger() public {
        _deposit(1, 1000);
        _slash(_range(1, 1));
        _deposit(1, 500);
        bonds.seize(_cold(1), 0, address(token));
        _assertBond(1, 500, 0, 0);
        address second = makeAddr("second challenger");
        address[] memory colds = new address[](1);
        colds[0] = _cold(1);
        vm.prank(oracle.evidence());
        bonds.slash(colds, second);
        bonds.seize(_cold(1), 1, address(token));
        assertEq(bonds.claimable(challenger, address(token)), 200, "first");
        assertEq(bonds.claimable(second, address(token)), 100, "second");
    }

    /// @dev However late, and in whatever order, bonds are seized.
    function test_ABondSeizedAfterALaterSlashPaysTheChallengerOfItsOwn() public {
        _deposit(1, 1000);
        _slash(_range(1, 1));
        address first = challenger;
        challenger = makeAddr("second challenger");
        _deposit(1, 500);
        _slash(_range(1, 1));
        bonds.seize(_cold(1), 1, address(token));
        bonds.seize(_cold(1), 0, address(token));
        assertEq(bonds.claimable(first, address(token)), 200, "first");
        assertEq(bonds.claimable(challenger, address(token)), 100, "second");
    }

    /// @dev There would be money for it: what the reserve has not claimed.
    function test_RevertWhen_AShareIsClaimedTwice() public {
        _slashOne(1, 1000);
        bonds.seize(_cold(1), 0, address(token));
        vm.startPrank(challenger);
        assertEq(bonds.claim(address(token), challenger), 200, "paid");
        assertEq(bonds.claimable(challenger, address(token)), 0, "nothing more");
        vm.expectRevert(INodeBonds.NodeBonds_ZeroAmount.selector);
        bonds.claim(address(token), challenger);
        assertEq(token.balanceOf(address(bonds)), 800, "the reserve's");
    }

    function test_I12_RevertWhen_AnyoneButTheEvidenceSlashes() public {
        _deposit(1, 700);
        address[6] memory callers = [issuer, guardian, _cold(1), address(oracle), address(nodeSet), address(authority)];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(INodeBonds.NodeBonds_NotEvidence.selector, callers[i]));
            vm.prank(callers[i]);
            bonds.slash(_colds(), callers[i]);
        }
        // Before an oracle is named nobody is its evidence.
        NodeBonds fresh = NodeBonds(new NodeSet(address(authority), bondReserve).bonds());
        vm.expectRevert(abi.encodeWithSelector(INodeBonds.NodeBonds_NotEvidence.selector, address(0)));
        vm.prank(address(0));
        fresh.slash(_colds(), tenant);
    }

    function test_SlashingWritesTheSameHoweverManyStablecoinsThereAre() public {
        uint256 fork = vm.snapshotState();
        uint256 few = _writesOfASlash();
        vm.revertToState(fork);
        for (uint256 i = 0; i < 8; ++i) {
            token = new ReentrantToken();
            _deposit(1, 100);
        }
        assertEq(_writesOfASlash(), few, "slots written");
    }

    function _writesOfASlash() private returns (uint256) {
        vm.record();
        _slash(_range(1, 1));
        (, bytes32[] memory writes) = vm.accesses(address(bonds));
        return writes.length;
    }

    // ------------------------------------------------------------------ //
    // Others
    // ------------------------------------------------------------------ //

    function test_I9_AFrozenTokenOrABlockedNodeStopsNobodyElse() public {
        usd.setBlocked(_cold(1), true);
        _slashOne(3, 1000);
        bonds.seize(_cold(3), 0, address(usd));
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(_cold(i));
            bonds.unbond(address(usd), NODE_BOND);
        }
        vm.warp(block.timestamp + UNBONDING);
        vm.startPrank(_cold(1));
        vm.expectRevert(abi.encodeWithSelector(TestUSD.TestUSD_Blocked.selector, _cold(1)));
        bonds.withdraw(address(usd), _cold(1));
        bonds.withdraw(address(usd), tenant);
        vm.stopPrank();
        vm.prank(_cold(0));
        assertEq(bonds.withdraw(address(usd), _cold(0)), NODE_BOND, "another node");
        usd.setPaused(true);
        vm.prank(_cold(2));
        vm.expectRevert(TestUSD.TestUSD_Paused.selector);
        bonds.withdraw(address(usd), _cold(2));
        _deposit(0, 5);
        _unbond(0, 5);
        usd.setPaused(false);
        vm.prank(_cold(2));
        assertEq(bonds.withdraw(address(usd), _cold(2)), NODE_BOND, "after the pause");
        vm.prank(challenger);
        assertEq(bonds.claim(address(usd), challenger), NODE_BOND / 5, "challenger");
    }

    function _slashOne(uint256 index, uint96 amount) private {
        _deposit(index, amount);
        _slash(_range(index, 1));
    }
}
