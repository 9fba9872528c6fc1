// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Test} from "forge-std/Test.sol";
import {IMeterOracle} from "../../../contracts/metering/IMeterOracle.sol";
import {EvidenceWorld} from "./EvidenceWorld.sol";

/// @title I12: slashing needs evidence, whoever calls; and with it I6 where reports are dropped
contract EvidenceInvariantsTest is Test {
    EvidenceWorld private world;
    IMeterOracle private oracle;

    function setUp() public {
        world = new EvidenceWorld();
        world.setUp();
        oracle = world.contracts();
        bytes4[] memory actions = new bytes4[](13);
        actions[0] = world.report.selector;
        actions[1] = world.report.selector;
        actions[2] = world.report.selector;
        actions[3] = world.lie.selector;
        actions[4] = world.accuse.selector;
        actions[5] = world.wait.selector;
        actions[6] = world.restaff.selector;
        actions[7] = world.restaff.selector;
        actions[8] = world.accuseTheHonest.selector;
        actions[9] = world.accuseWithGarbage.selector;
        actions[10] = world.accuseByOthersSignatures.selector;
        actions[11] = world.equivocate.selector;
        actions[12] = world.accuseOfEquivocationFalsely.selector;
        targetSelector(FuzzSelector({addr: address(world), selectors: actions}));
        targetContract(address(world));
    }

    /// forge-config: default.fuzz.seed = "0x1012"
    /// forge-config: default.invariant.runs = 32
    function invariant_I12_SlashingNeedsEvidence() public view {
        assertEq(world.garbageAccepted(), 0, "garbage accepted");
        for (uint256 i = 0; i < 4; ++i) {
            address cold = world.coldAt(i);
            assertEq(world.generationOf(cold), world.slashes(cold), "times slashed");
        }
    }

    /// forge-config: default.fuzz.seed = "0x1112"
    /// forge-config: default.invariant.runs = 32
    function invariant_I12_EvidenceAlwaysDropsAndSlashes() public view {
        assertEq(world.truthRefused(), 0, "truth refused");
        for (uint256 i = 0; i < 4; ++i) {
            address cold = world.coldAt(i);
            assertEq(world.generationOf(cold), world.slashes(cold), "times slashed");
        }
    }

    /// @dev Just those stand that nobody proved false, each built on the one before it.
    /// forge-config: default.fuzz.seed = "0x1106"
    /// forge-config: default.invariant.runs = 32
    function invariant_I6_StandingEpochsRiseThroughDrops() public view {
        uint256 count = world.standingCount();
        assertEq(oracle.headEpoch(), count == 0 ? 0 : world.standing(count - 1), "head");
        uint64 base = 0;
        for (uint256 i = 0; i < count; ++i) {
            uint64 epoch = world.standing(i);
            assertGt(epoch, base, "rising");
            assertEq(oracle.standing(epoch).baseEpoch, base, "base");
            base = epoch;
        }
    }
}
