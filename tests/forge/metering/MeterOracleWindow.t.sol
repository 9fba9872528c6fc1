// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IMeterOracle} from "../../../contracts/metering/IMeterOracle.sol";
import {MeterOracle} from "../../../contracts/metering/MeterOracle.sol";
import {OracleTest} from "./OracleTest.sol";

/// @title Which report may be mined when, and by which configuration
/// @dev submit, before any signature is looked at
/// ├── not configured, or another configuration → WrongConfig
/// ├── epoch not above every epoch ever posted → EpochNotNewer
/// ├── base is not the newest standing report → WrongBase
/// ├── no meters → NoMeters
/// ├── before periodEnd(e) + D → TooEarly
/// ├── from periodEnd(e + 1) + D on → TooLate
/// └── otherwise → signatures are checked
contract MeterOracleWindowTest is OracleTest {
    uint64 private constant EPOCH = 5;

    // ------------------------------------------------------------------ //
    // Time
    // ------------------------------------------------------------------ //

    function test_RevertWhen_ReportComesASecondTooEarly() public {
        IMeterOracle.Report memory report = _due(EPOCH);
        uint256 opensAt = GENESIS + 6 * L + D;
        assertEq(block.timestamp, opensAt, "first moment");
        vm.warp(opensAt - 1);
        _refuse(report, abi.encodeWithSelector(IMeterOracle.MeterOracle_TooEarly.selector, opensAt, opensAt - 1));
        vm.warp(opensAt);
        _accept(report);
    }

    function test_RevertWhen_ReportComesASecondTooLate() public {
        IMeterOracle.Report memory report = _due(EPOCH);
        uint256 closedAt = GENESIS + 7 * L + D;
        vm.warp(closedAt);
        _refuse(report, abi.encodeWithSelector(IMeterOracle.MeterOracle_TooLate.selector, closedAt, closedAt));
        vm.warp(closedAt - 1);
        _accept(report);
    }

    /// @dev No moment belongs to two epochs, and none between the first and the last to none.
    function testFuzz_ExactlyOneEpochIsOpenAtAMoment(uint256 time) public {
        time = bound(time, GENESIS + 2 * L + D, GENESIS + 100 * L);
        vm.warp(time);
        uint256 open = 0;
        uint64 expected = uint64((time - D - GENESIS) / L - 1);
        for (uint64 epoch = expected < 4 ? 1 : expected - 3; epoch < expected + 4; ++epoch) {
            uint256 fork = vm.snapshotState();
            IMeterOracle.Report memory report = _report(epoch, ROOT, LEAVES);
            bytes memory signatures = _signatures(_reportDigest(report));
            (bool done,) = address(oracle).call(abi.encodeCall(oracle.submit, (report, signatures)));
            if (done) {
                ++open;
                assertEq(epoch, expected, "epoch");
            }
            vm.revertToStateAndDelete(fork);
        }
        assertEq(open, 1, "epochs open");
    }

    /// @dev Epochs are 64 bits wide; the end of the last one is far beyond any clock, not wrapped round to now.
    function test_RevertWhen_TheEpochIsBeyondAllTime() public {
        IMeterOracle.Report memory report = _due(EPOCH);
        report.epoch = type(uint64).max;
        uint256 opensAt = uint256(GENESIS) + (uint256(type(uint64).max) + 1) * L + D;
        _refuse(report, abi.encodeWithSelector(IMeterOracle.MeterOracle_TooEarly.selector, opensAt, block.timestamp));
    }

    // ------------------------------------------------------------------ //
    // Epoch and base
    // ------------------------------------------------------------------ //

    /// @dev Before epoch 1 ends no lease can have started, so there is nothing to report of epoch 0.
    function test_RevertWhen_ReportingEpochZero() public {
        _refuse(_due(0), abi.encodeWithSelector(IMeterOracle.MeterOracle_EpochNotNewer.selector, 0, 0));
    }

    function test_RevertWhen_ReportRepeatsAnEpoch() public {
        _mine(EPOCH);
        IMeterOracle.Report memory report = _report(EPOCH, keccak256("another"), LEAVES);
        _refuse(report, abi.encodeWithSelector(IMeterOracle.MeterOracle_EpochNotNewer.selector, EPOCH, EPOCH));
    }

    function test_RevertWhen_ReportIsOlderThanTheHead() public {
        _mine(EPOCH);
        IMeterOracle.Report memory report = _report(EPOCH - 1, ROOT, LEAVES);
        _refuse(report, abi.encodeWithSelector(IMeterOracle.MeterOracle_EpochNotNewer.selector, EPOCH, EPOCH - 1));
    }

    function test_RevertWhen_BaseIsNotTheNewestReport() public {
        _mine(EPOCH);
        _mine(EPOCH + 1);
        uint64[4] memory wrong = [0, EPOCH, EPOCH + 2, type(uint64).max];
        for (uint256 i = 0; i < wrong.length; ++i) {
            IMeterOracle.Report memory report = _due(EPOCH + 2);
            report.baseEpoch = wrong[i];
            bytes memory reason =
                abi.encodeWithSelector(IMeterOracle.MeterOracle_WrongBase.selector, EPOCH + 1, wrong[i]);
            vm.expectRevert(reason);
            oracle.submit(report, new bytes(3 * 65));
        }
    }

    function test_RevertWhen_FirstReportNamesABase() public {
        IMeterOracle.Report memory report = _due(EPOCH);
        report.baseEpoch = EPOCH - 1;
        vm.expectRevert(abi.encodeWithSelector(IMeterOracle.MeterOracle_WrongBase.selector, 0, EPOCH - 1));
        oracle.submit(report, new bytes(3 * 65));
    }

    function test_SkippedEpochsAreBridgedByTheNextReport() public {
        _mine(EPOCH);
        _mine(EPOCH + 9);
        IMeterOracle.Standing memory standing = oracle.standing(EPOCH + 9);
        assertEq(standing.baseEpoch, EPOCH, "base");
        assertEq(standing.root, _rootOf(EPOCH + 9), "root");
        assertEq(oracle.standing(EPOCH).root, _rootOf(EPOCH), "the base stands");
    }

    function test_RevertWhen_ReportHasNoMeters() public {
        IMeterOracle.Report memory report = _due(EPOCH);
        report.leafCount = 0;
        _refuse(report, abi.encodeWithSelector(IMeterOracle.MeterOracle_NoMeters.selector));
    }

    /// @dev One root for three meters or for four billion: the oracle's work is the same to the unit.
    function test_GasOfAReportDoesNotDependOnTheNumberOfMeters() public {
        uint256 few = _gasOf(3);
        assertEq(_gasOf(type(uint32).max), few, "gas");
    }

    // ------------------------------------------------------------------ //
    // Configuration
    // ------------------------------------------------------------------ //

    function test_RevertWhen_NobodyConfiguredTheOracle() public {
        IMeterOracle.Report memory report = _due(EPOCH);
        bytes32 digest = report.configDigest;
        oracle = new MeterOracle(address(nodeSet), GENESIS, L, D, DISPUTE);
        vm.expectRevert(abi.encodeWithSelector(IMeterOracle.MeterOracle_WrongConfig.selector, 0, digest));
        oracle.submit(report, "");
        // No keys and a quorum of nobody: an empty digest must not pass for one.
        report.configDigest = 0;
        vm.expectRevert(abi.encodeWithSelector(IMeterOracle.MeterOracle_WrongConfig.selector, 0, 0));
        oracle.submit(report, "");
    }

    function test_RevertWhen_ReportIsBoundToAnOldConfiguration() public {
        bytes32 old = nodeSet.configDigest();
        IMeterOracle.Report memory report = _due(EPOCH);
        vm.prank(issuer);
        nodeSet.configure(address(oracle), _colds(), keccak256("other definitions"));
        bytes32 current = nodeSet.configDigest();
        assertNotEq(current, old, "digest");
        _refuse(report, abi.encodeWithSelector(IMeterOracle.MeterOracle_WrongConfig.selector, current, old));
        report.configDigest = current;
        _accept(report);
    }

    function test_RevertWhen_AnyoneButTheNodeSetSetsSigners() public {
        address[3] memory callers = [issuer, address(this), nodes[0].cold];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IMeterOracle.MeterOracle_NotNodeSet.selector, callers[i]));
            vm.prank(callers[i]);
            oracle.setSigners(address(1), 1, 1);
        }
    }

    // ------------------------------------------------------------------ //
    // Clock
    // ------------------------------------------------------------------ //

    function test_ClockIsWhatItWasDeployedWith() public {
        MeterOracle other = new MeterOracle(address(nodeSet), 600, 300, 30, 60);
        assertEq(other.genesis(), 600, "genesis");
        assertEq(other.epochLength(), 300, "L");
        assertEq(other.observationDelay(), 30, "D");
        assertEq(other.disputeWindow(), 60, "dispute");
        assertEq(other.periodEnd(0), 900, "end of epoch 0");
        assertEq(other.periodEnd(9), 3600, "end of epoch 9");
    }

    function test_RevertWhen_TheEpochDoesNotDivideADay() public {
        _refuseClock(GENESIS, 0, D, DISPUTE);
        _refuseClock(7 hours, 7 hours, D, DISPUTE);
        _refuseClock(2 days, 2 days, D, DISPUTE);
    }

    function test_RevertWhen_GenesisIsOffTheGridOrZero() public {
        _refuseClock(GENESIS + 1, L, D, DISPUTE);
        _refuseClock(0, L, D, DISPUTE);
    }

    function test_RevertWhen_AReportWouldNotBeFinalBeforeItsPlaceIsNeeded() public {
        uint32 dispute = 254 * L - D;
        _refuseClock(GENESIS, L, D, dispute);
        _refuseClock(GENESIS, L, type(uint32).max, type(uint32).max);
        assertEq(new MeterOracle(address(nodeSet), GENESIS, L, D, dispute - 1).disputeWindow(), dispute - 1);
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    function _accept(IMeterOracle.Report memory report) private {
        oracle.submit(report, _signatures(_reportDigest(report)));
        assertEq(oracle.headEpoch(), report.epoch, "head");
        assertEq(oracle.standing(report.epoch).minedAt, block.timestamp, "mined at");
    }

    function _refuse(IMeterOracle.Report memory report, bytes memory reason) private {
        bytes memory signatures = _signatures(_reportDigest(report));
        vm.expectRevert(reason);
        oracle.submit(report, signatures);
    }

    function _refuseClock(uint64 genesis, uint32 epochLength, uint32 delay, uint32 dispute) private {
        vm.expectRevert(abi.encodeWithSelector(IMeterOracle.MeterOracle_BadClock.selector));
        new MeterOracle(address(nodeSet), genesis, epochLength, delay, dispute);
    }

    function _gasOf(uint32 leafCount) private returns (uint256 used) {
        uint256 fork = vm.snapshotState();
        IMeterOracle.Report memory report = _due(EPOCH);
        report.leafCount = leafCount;
        oracle.submit(report, _signatures(_reportDigest(report)));
        used = vm.lastCallGas().gasTotalUsed;
        vm.revertToStateAndDelete(fork);
    }
}
