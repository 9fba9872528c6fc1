// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {IMeterOracle} from "../../../contracts/metering/IMeterOracle.sol";
import {Merkle} from "../support/Merkle.sol";
import {OracleTest} from "./OracleTest.sol";

/// @title What is left when reports are dropped: the head, the ring, finality, and what may be reported next
/// @dev The evidence contract's part is played by its address; what it proves is tested with it.
contract MeterOracleDropTest is OracleTest {
    uint64 private constant EPOCH = 50;
    uint64 private constant RING = 512;

    // ------------------------------------------------------------------ //
    // What is dropped
    // ------------------------------------------------------------------ //

    function test_TheReportAndAllBuiltOnItGo() public {
        for (uint64 epoch = EPOCH; epoch < EPOCH + 5; ++epoch) {
            _mine(epoch);
        }
        vm.expectEmit(address(oracle));
        emit IMeterOracle.Dropped(EPOCH + 2, EPOCH + 1);
        _drop(EPOCH + 2);
        assertEq(oracle.headEpoch(), EPOCH + 1, "head");
        for (uint64 epoch = EPOCH + 2; epoch < EPOCH + 5; ++epoch) {
            _assertUnknown(epoch);
        }
        assertEq(oracle.standing(EPOCH + 1).root, _rootOf(EPOCH + 1), "base");
        assertEq(oracle.standing(EPOCH).root, _rootOf(EPOCH), "its base");
    }

    function test_TheFirstReportCanGo() public {
        _mine(EPOCH);
        _drop(EPOCH);
        assertEq(oracle.headEpoch(), 0, "head");
        _assertUnknown(EPOCH);
        _assertNewestFinal(0, 0);
        _mine(EPOCH + 1);
        assertEq(oracle.standing(EPOCH + 1).baseEpoch, 0, "built on nothing");
    }

    function test_RevertWhen_AnyoneButEvidenceDrops() public {
        _mine(EPOCH);
        address[4] memory callers = [issuer, address(this), nodes[0].cold, address(nodeSet)];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IMeterOracle.MeterOracle_NotEvidence.selector, callers[i]));
            vm.prank(callers[i]);
            oracle.drop(EPOCH, 0);
        }
    }

    function test_RevertWhen_TheReportIsFinal() public {
        _mine(EPOCH);
        uint256 finalAt = block.timestamp + DISPUTE;
        vm.warp(finalAt);
        _refuse(EPOCH, abi.encodeWithSelector(IMeterOracle.MeterOracle_AlreadyFinal.selector, EPOCH, finalAt));
        vm.warp(finalAt - 1);
        _drop(EPOCH);
    }

    function test_RevertWhen_TheReportDoesNotStand() public {
        _mine(EPOCH);
        _mine(EPOCH + 1);
        uint64[3] memory unknown = [0, EPOCH - 1, EPOCH + 2];
        for (uint256 i = 0; i < unknown.length; ++i) {
            _refuse(unknown[i], abi.encodeWithSelector(IMeterOracle.MeterOracle_UnknownReport.selector, unknown[i]));
        }
        _drop(EPOCH + 1);
        _refuse(EPOCH + 1, abi.encodeWithSelector(IMeterOracle.MeterOracle_UnknownReport.selector, EPOCH + 1));
    }

    // ------------------------------------------------------------------ //
    // What may be reported next
    // ------------------------------------------------------------------ //

    /// @dev In the very window of an epoch that was dropped nothing can be reported; in the next one the report catches up.
    function test_ADroppedEpochIsNeverReportedAgain() public {
        _mine(EPOCH);
        _mine(EPOCH + 1);
        _mine(EPOCH + 2);
        _drop(EPOCH + 1);
        for (uint64 again = EPOCH; again <= EPOCH + 2; ++again) {
            IMeterOracle.Report memory report = _report(again, ROOT, LEAVES);
            bytes memory signatures = _signatures(_reportDigest(report));
            vm.expectRevert(
                again == EPOCH + 1
                    ? abi.encodeWithSelector(
                        IMeterOracle.MeterOracle_TooLate.selector, oracle.periodEnd(again) + D + L, block.timestamp
                    )
                    : abi.encodeWithSelector(IMeterOracle.MeterOracle_EpochNotNewer.selector, EPOCH, again)
            );
            oracle.submit(report, signatures);
        }
        _mine(EPOCH + 3);
        IMeterOracle.Standing memory standing = oracle.standing(EPOCH + 3);
        assertEq(standing.baseEpoch, EPOCH, "from the older base");
        assertEq(standing.root, _rootOf(EPOCH + 3), "root");
        _drop(EPOCH + 3);
        _mine(EPOCH + 4);
        assertEq(oracle.standing(EPOCH + 4).baseEpoch, EPOCH, "again");
    }

    /// @dev Reports and drops at random against a list kept here: epochs of what stands rise, none is ever posted twice, and the newest
    /// final report is the newest in the list that is.
    function testFuzz_I6_StandingEpochsRiseThroughAnyDrops(uint256 seed) public {
        uint64[] memory list = new uint64[](40);
        uint256[] memory finals = new uint256[](40);
        uint256 count = 0;
        uint64 highest = 0;
        for (uint256 step = 0; step < 40; ++step) {
            uint256 draw = uint256(keccak256(abi.encode(seed, step)));
            if (draw % 3 == 0 && count != 0 && finals[count - 1] > block.timestamp) {
                uint256 first = count - 1;
                while (first != 0 && finals[first - 1] > block.timestamp) --first;
                uint256 at = first + (draw >> 8) % (count - first);
                _drop(list[at]);
                count = at;
            } else {
                uint64 epoch = uint64(highest + 1 + (draw >> 8) % 3);
                if (oracle.periodEnd(epoch) + D + L <= block.timestamp) {
                    epoch = uint64((block.timestamp - D - GENESIS) / L) - 1;
                }
                if (epoch <= highest) {
                    vm.warp(block.timestamp + L);
                    continue;
                }
                if (block.timestamp < oracle.periodEnd(epoch) + D) vm.warp(oracle.periodEnd(epoch) + D);
                _post(epoch, _rootOf(epoch), LEAVES);
                (list[count], finals[count]) = (epoch, block.timestamp + DISPUTE);
                ++count;
                highest = epoch;
            }
            _assertList(list, finals, count);
        }
        assertGt(highest, 5, "reports");
    }

    /// @dev The lowest 16 bits of an epoch are all that is kept: an epoch 65,536 later is refused for them, and the one after is not.
    function test_OneEpochIsRefusedAfterASilenceOf65536() public {
        _mine(EPOCH);
        IMeterOracle.Report memory report = _due(EPOCH + 65_536);
        bytes memory signatures = _signatures(_reportDigest(report));
        vm.expectRevert(abi.encodeWithSelector(IMeterOracle.MeterOracle_EpochNotNewer.selector, EPOCH, EPOCH + 65_536));
        oracle.submit(report, signatures);
        _mine(EPOCH + 65_537);
        // Dropped across a distance that 16 bits do not hold, it is not reported again either.
        _drop(EPOCH + 65_537);
        report = _report(EPOCH + 65_537, ROOT, LEAVES);
        signatures = _signatures(_reportDigest(report));
        vm.expectRevert(abi.encodeWithSelector(IMeterOracle.MeterOracle_EpochNotNewer.selector, EPOCH, EPOCH + 65_537));
        oracle.submit(report, signatures);
        _mine(EPOCH + 65_538);
    }

    // ------------------------------------------------------------------ //
    // Finality and the ring
    // ------------------------------------------------------------------ //

    function test_WhatWasFinalStaysFinal() public {
        _mine(EPOCH);
        uint256 finalAt = block.timestamp + DISPUTE;
        vm.warp(finalAt);
        _mine(EPOCH + 10);
        _drop(EPOCH + 10);
        _assertNewestFinal(EPOCH, finalAt);
        assertEq(oracle.finalRoot(EPOCH), _rootOf(EPOCH), "root");
        vm.expectRevert(abi.encodeWithSelector(IMeterOracle.MeterOracle_UnknownReport.selector, EPOCH + 10));
        oracle.finalRoot(EPOCH + 10);
    }

    /// @dev After a silence of a round the reports dropped had taken the place of the very one they go back to: it is put back.
    function test_ABaseWhosePlaceWasTakenIsPutBack() public {
        for (uint64 late = 0; late < 6; ++late) {
            uint256 fork = vm.snapshotState();
            _mine(EPOCH);
            uint256 latest = oracle.periodEnd(EPOCH) + L + D;
            for (uint64 epoch = EPOCH + RING - late; epoch <= EPOCH + RING; ++epoch) {
                _mine(epoch);
            }
            _assertUnknown(EPOCH);
            _drop(EPOCH + RING - late);
            IMeterOracle.Standing memory standing = oracle.standing(EPOCH);
            assertEq(standing.root, _rootOf(EPOCH), "root");
            assertEq(standing.minedAt, latest, "the latest moment");
            assertEq(oracle.finalRoot(EPOCH), _rootOf(EPOCH), "final");
            _assertNewestFinal(EPOCH, latest + DISPUTE);
            _mine(EPOCH + RING + 1);
            assertEq(oracle.standing(EPOCH + RING + 1).baseEpoch, EPOCH, "base");
            vm.revertToStateAndDelete(fork);
        }
    }

    function test_ABaseThatKeptItsPlaceStaysAsItWas() public {
        _mine(EPOCH);
        bytes32 before = keccak256(abi.encode(oracle.standing(EPOCH)));
        _mine(EPOCH + 1);
        vm.prank(oracle.evidence());
        oracle.drop(EPOCH + 1, keccak256("not its root"));
        assertEq(keccak256(abi.encode(oracle.standing(EPOCH))), before, "standing");
    }

    // ------------------------------------------------------------------ //
    // Settlements
    // ------------------------------------------------------------------ //

    /// @dev What was settled from final reports stays, and the next report, built on the older base, settles the rest.
    function test_SettledReadingsStayAndTheNextReportCatchesUp() public {
        ICapacityLease.LeaseRequest memory request = _request(2, 10 days);
        uint256 id = _open(request);
        uint64 first = _epochAt(request.start);
        _meterAndSettle(id, first, _reading(7200, 7200, 7200, 0, 100));
        uint96 owed = leases.leaseOf(id).account.owed;
        assertEq(owed, 2 * RATE, "an hour of two units");

        uint256 meterId = leases.meterIdOf(id);
        uint64 lie = first + 20;
        uint256 much = _reading(144_000, 144_000, 144_000, 0, 2000);
        _post(lie, Merkle.leaf(meterId, much), 1);
        _drop(lie);
        vm.warp(block.timestamp + DISPUTE);
        vm.expectRevert(abi.encodeWithSelector(IMeterOracle.MeterOracle_UnknownReport.selector, lie));
        leases.settle(id, lie, much, new bytes32[](0));
        assertEq(leases.leaseOf(id).account.owed, owed, "what was settled stays");

        _meterAndSettle(id, lie + 10, _reading(14_400, 14_400, 14_400, 0, 200));
        assertEq(oracle.standing(lie + 10).baseEpoch, first, "from the older base");
        assertEq(leases.leaseOf(id).account.owed, 4 * RATE, "two hours of two units");
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    /// @dev With the root of its base, as its signers signed it.
    function _drop(uint64 epoch) private {
        bytes32 baseRoot = _rootOf(oracle.standing(epoch).baseEpoch);
        vm.prank(oracle.evidence());
        oracle.drop(epoch, baseRoot);
    }

    function _refuse(uint64 epoch, bytes memory reason) private {
        vm.prank(oracle.evidence());
        vm.expectRevert(reason);
        oracle.drop(epoch, 0);
    }

    function _assertUnknown(uint64 epoch) private {
        vm.expectRevert(abi.encodeWithSelector(IMeterOracle.MeterOracle_UnknownReport.selector, epoch));
        oracle.standing(epoch);
    }

    function _assertNewestFinal(uint64 epoch, uint256 finalAt) private view {
        (uint64 actual, uint64 actualAt) = oracle.newestFinal();
        assertEq(actual, epoch, "newest final");
        assertEq(actualAt, finalAt, "final at");
    }

    function _assertList(uint64[] memory list, uint256[] memory finals, uint256 count) private view {
        assertEq(oracle.headEpoch(), count == 0 ? 0 : list[count - 1], "head");
        uint64 base = 0;
        for (uint256 i = 0; i < count; ++i) {
            assertGt(list[i], base, "rising");
            IMeterOracle.Standing memory standing = oracle.standing(list[i]);
            assertEq(standing.baseEpoch, base, "base");
            assertEq(standing.root, _rootOf(list[i]), "root");
            base = list[i];
        }
        for (uint256 i = count; i > 0; --i) {
            if (finals[i - 1] <= block.timestamp) return _assertNewestFinal(list[i - 1], finals[i - 1]);
        }
        _assertNewestFinal(0, 0);
    }
}
