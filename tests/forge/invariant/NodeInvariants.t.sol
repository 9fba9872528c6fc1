// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Test} from "forge-std/Test.sol";
import {NodeBonds} from "../../../contracts/metering/NodeBonds.sol";
import {OracleFees} from "../../../contracts/revenue/OracleFees.sol";
import {DecimalsToken} from "../support/tokens/DecimalsToken.sol";
import {NodeWorld} from "./NodeWorld.sol";

/// @title What holds of nodes' bonds and fees after any sequence of actions
contract NodeInvariantsTest is Test {
    NodeWorld private world;
    NodeBonds private bonds;
    OracleFees private fees;
    DecimalsToken[2] private tokens;
    address[] private all;

    function setUp() public {
        world = new NodeWorld();
        world.setUp();
        bonds = world.theBonds();
        fees = world.fees();
        tokens = world.tokens();
        all = world.all();
        bytes4[] memory actions = new bytes4[](17);
        actions[0] = world.deposit.selector;
        actions[1] = world.unbond.selector;
        actions[2] = world.withdraw.selector;
        actions[3] = world.slash.selector;
        actions[4] = world.seize.selector;
        actions[5] = world.claimSlashed.selector;
        actions[6] = world.refresh.selector;
        actions[7] = world.trespass.selector;
        actions[8] = world.rotate.selector;
        actions[9] = world.leave.selector;
        actions[10] = world.configure.selector;
        actions[11] = world.report.selector;
        actions[12] = world.drop.selector;
        actions[13] = world.collect.selector;
        actions[14] = world.closeRound.selector;
        actions[15] = world.claimFee.selector;
        actions[16] = world.pass.selector;
        targetSelector(FuzzSelector({addr: address(world), selectors: actions}));
        targetContract(address(world));
    }

    /// forge-config: default.fuzz.seed = "0x2001"
    /// forge-config: default.invariant.runs = 24
    function invariant_I1_BondsAndFeesHoldWhatTheyOwe() public view {
        for (uint256 t = 0; t < 2; ++t) {
            address token = address(tokens[t]);
            uint256 owed = world.slashed(token);
            for (uint256 i = 0; i < all.length; ++i) {
                (uint96 bonded, uint96 unbonding,) = bonds.bondOf(all[i], token);
                owed += uint256(bonded) + unbonding;
            }
            assertEq(tokens[t].balanceOf(address(bonds)), owed, "bonds");

            uint256 shares = fees.potOf(fees.round(), token);
            for (uint64 round = 1; round < fees.round(); ++round) {
                uint256 ofRound = 0;
                for (uint256 i = 0; i < all.length; ++i) {
                    ofRound += fees.shareOf(round, all[i], token);
                }
                assertLe(ofRound, fees.potOf(round, token), "more than its pot");
                shares += ofRound;
            }
            uint256 held = tokens[t].balanceOf(address(fees));
            assertEq(held, world.collected(token) - world.feesPaid(token), "fees");
            assertLe(shares, held, "shares");
        }
    }

    /// @dev The books change where the node acts or evidence is given, and nowhere else.
    /// forge-config: default.fuzz.seed = "0x200c"
    /// forge-config: default.invariant.runs = 24
    function invariant_I12_OnlyTheNodeOrEvidenceMovesABond() public view {
        assertEq(world.trespasses(), 0, "trespasses");
        for (uint256 t = 0; t < 2; ++t) {
            for (uint256 i = 0; i < all.length; ++i) {
                (uint96 bonded, uint96 unbonding, uint40 until) = bonds.bondOf(all[i], address(tokens[t]));
                NodeWorld.Book memory book = world.bookOf(all[i], address(tokens[t]));
                assertEq(bonded, book.bonded, "bonded");
                assertEq(unbonding, book.unbonding, "unbonding");
                assertEq(until, book.until, "until");
            }
        }
    }

    /// forge-config: default.fuzz.seed = "0x200f"
    /// forge-config: default.invariant.runs = 24
    function invariant_CoverIsNeverMoreThanTheSmallestQuorumHasBonded() public view {
        for (uint256 t = 0; t < 2; ++t) {
            uint256 cover = bonds.coverOf(address(tokens[t]));
            assertTrue(cover == 0 || cover == world.trueCover(address(tokens[t])), "cover");
        }
    }

    /// @dev Each run ends with everyone taking what is his: nobody's act stands in anyone's way.
    function afterInvariant() public {
        for (uint256 t = 0; t < 2; ++t) {
            for (uint256 i = 0; i < all.length; ++i) {
                world.leaveWithEverything(all[i], address(tokens[t]));
            }
            world.claimEverything(address(tokens[t]));
            assertEq(tokens[t].balanceOf(address(bonds)), 0, "I9: all of it could be had");
        }
    }
}
