// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IMeterOracle} from "../../../contracts/metering/IMeterOracle.sol";
import {OracleTest} from "./OracleTest.sol";

/// @title When a report is final, which is the newest that is, and how long the ring remembers
contract MeterOracleFinalityTest is OracleTest {
    uint64 private constant EPOCH = 5;
    uint64 private constant RING = 512;

    // ------------------------------------------------------------------ //
    // Finality
    // ------------------------------------------------------------------ //

    function test_RevertWhen_ReadASecondBeforeItIsFinal() public {
        _mine(EPOCH);
        uint256 finalAt = block.timestamp + DISPUTE;
        vm.warp(finalAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IMeterOracle.MeterOracle_NotFinal.selector, EPOCH, finalAt));
        oracle.finalRoot(EPOCH);
        vm.warp(finalAt);
        assertEq(oracle.finalRoot(EPOCH), _rootOf(EPOCH), "root");
    }

    /// @dev The window runs from the moment a report is mined, not from the first moment it could have been.
    function test_FinalityCountsFromTheMinedMoment() public {
        IMeterOracle.Report memory report = _due(EPOCH);
        vm.warp(block.timestamp + L - 1);
        oracle.submit(report, _signatures(_reportDigest(report)));
        uint256 finalAt = uint256(GENESIS) + 7 * L + D - 1 + DISPUTE;
        vm.warp(finalAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IMeterOracle.MeterOracle_NotFinal.selector, EPOCH, finalAt));
        oracle.finalRoot(EPOCH);
        vm.warp(finalAt);
        assertEq(oracle.finalRoot(EPOCH), ROOT, "root");
    }

    function test_RevertWhen_TheReportIsUnknown() public {
        _mine(EPOCH);
        _mine(EPOCH + 3);
        vm.warp(block.timestamp + DISPUTE);
        uint64[6] memory unknown = [0, 1, EPOCH + 1, EPOCH + 4, EPOCH + RING, type(uint64).max];
        for (uint256 i = 0; i < unknown.length; ++i) {
            _assertUnknown(unknown[i]);
        }
    }

    // ------------------------------------------------------------------ //
    // Ring
    // ------------------------------------------------------------------ //

    function test_ReportStandsUntilItsPlaceIsTaken() public {
        _mine(EPOCH);
        _mine(EPOCH + RING - 1);
        assertEq(oracle.finalRoot(EPOCH), _rootOf(EPOCH), "511 epochs later");
        _mine(EPOCH + RING);
        _assertUnknown(EPOCH);
        assertEq(oracle.standing(EPOCH + RING).root, _rootOf(EPOCH + RING), "the one in its place");
        assertEq(oracle.standing(EPOCH + RING - 1).root, _rootOf(EPOCH + RING - 1), "its neighbour");
    }

    function test_ReportsGoOnForMoreThanARound() public {
        uint64 last = EPOCH + RING + 20;
        for (uint64 epoch = EPOCH; epoch <= last; ++epoch) {
            _mine(epoch);
        }
        vm.warp(block.timestamp + DISPUTE);
        for (uint64 epoch = EPOCH; epoch <= last; ++epoch) {
            if (epoch + RING <= last) _assertUnknown(epoch);
            else assertEq(oracle.finalRoot(epoch), _rootOf(epoch), "root");
        }
    }

    /// @dev The base of a report may be the very one whose place it takes: its root is read before.
    function test_BaseRootIsReadBeforeItsPlaceIsTaken() public {
        _mine(EPOCH);
        _mine(EPOCH + RING);
        assertEq(oracle.standing(EPOCH + RING).baseEpoch, EPOCH, "base");
    }

    // ------------------------------------------------------------------ //
    // The newest final report
    // ------------------------------------------------------------------ //

    function test_NothingIsFinalBeforeTheFirstReportIs() public {
        _assertNewestFinal(0, 0);
        _mine(EPOCH);
        vm.warp(block.timestamp + DISPUTE - 1);
        _assertNewestFinal(0, 0);
        vm.warp(block.timestamp + 1);
        _assertNewestFinal(EPOCH, block.timestamp);
    }

    /// @dev With L = 1 h and a dispute window of 6 h six reports wait behind the newest final one.
    function test_NewestFinalWalksPastReportsStillDisputable() public {
        for (uint64 epoch = EPOCH; epoch < EPOCH + 20; ++epoch) {
            _mine(epoch);
        }
        uint256 first = oracle.standing(EPOCH).minedAt;
        vm.warp(first + 19 * L);
        _assertNewestFinal(EPOCH + 13, first + 13 * L + DISPUTE);
        vm.warp(first + 20 * L - 1);
        _assertNewestFinal(EPOCH + 13, first + 13 * L + DISPUTE);
        vm.warp(first + 20 * L);
        _assertNewestFinal(EPOCH + 14, first + 14 * L + DISPUTE);
        vm.warp(first + 1000 * L);
        _assertNewestFinal(EPOCH + 19, first + 19 * L + DISPUTE);
    }

    /// @dev Reports at random, epochs skipped at random, against a list kept here.
    function testFuzz_NewestFinalIsTheNewestThatIs(uint256 seed, uint256 wait) public {
        uint64[] memory epochs = new uint64[](12);
        uint256[] memory finalAts = new uint256[](12);
        uint64 epoch = 0;
        for (uint256 i = 0; i < epochs.length; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            epoch += uint64(draw % 4 == 0 ? 1 + (draw >> 8) % 9 : 1);
            IMeterOracle.Report memory report = _due(epoch);
            vm.warp(block.timestamp + (draw >> 32) % L);
            oracle.submit(report, _signatures(_reportDigest(report)));
            (epochs[i], finalAts[i]) = (epoch, block.timestamp + DISPUTE);
            _assertNewestOf(epochs, finalAts, i + 1);
        }
        vm.warp(block.timestamp + bound(wait, 0, DISPUTE + 1));
        _assertNewestOf(epochs, finalAts, epochs.length);
    }

    /// @dev After a silence of about a round of the ring, reports still disputable can have taken the place of the one before the
    /// silence. It was final long before; when, to the second, is no longer known, and the latest moment it can have been is said.
    function test_NewestFinalOutlivesItsPlaceInTheRing() public {
        for (uint64 late = 0; late < 6; ++late) {
            uint256 fork = vm.snapshotState();
            _mine(EPOCH);
            uint256 latest = uint256(GENESIS) + (EPOCH + 2) * L + D + DISPUTE;
            for (uint64 epoch = EPOCH + RING - late; epoch <= EPOCH + RING; ++epoch) {
                _mine(epoch);
            }
            _assertNewestFinal(EPOCH, latest);
            vm.warp(oracle.standing(EPOCH + RING - late).minedAt + DISPUTE);
            _assertNewestFinal(EPOCH + RING - late, block.timestamp);
            vm.revertToStateAndDelete(fork);
        }
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    function _assertUnknown(uint64 epoch) private {
        bytes memory reason = abi.encodeWithSelector(IMeterOracle.MeterOracle_UnknownReport.selector, epoch);
        vm.expectRevert(reason);
        oracle.finalRoot(epoch);
        vm.expectRevert(reason);
        oracle.standing(epoch);
    }

    function _assertNewestFinal(uint64 epoch, uint256 finalAt) private view {
        (uint64 actual, uint64 actualAt) = oracle.newestFinal();
        assertEq(actual, epoch, "newest final");
        assertEq(actualAt, finalAt, "final at");
    }

    function _assertNewestOf(uint64[] memory epochs, uint256[] memory finalAts, uint256 count) private view {
        for (uint256 i = count; i > 0; --i) {
            if (finalAts[i - 1] <= block.timestamp) return _assertNewestFinal(epochs[i - 1], finalAts[i - 1]);
        }
        _assertNewestFinal(0, 0);
    }
}
