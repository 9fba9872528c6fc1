// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IMeterOracle} from "../../../contracts/metering/IMeterOracle.sol";
import {IReportEvidence} from "../../../contracts/metering/IReportEvidence.sol";
import {EvidenceTest} from "./EvidenceTest.sol";

/// @title Two reports of one epoch by one key: its node is slashed, once, and nothing else happens
contract EquivocationTest is EvidenceTest {
    uint256 private constant NODE = 2;

    IReportEvidence.SignedReport private first;
    IReportEvidence.SignedReport private second;

    function setUp() public override {
        super.setUp();
        first = _statement(EPOCH, keccak256("one"));
        second = _statement(EPOCH, keccak256("another"));
    }

    function test_TwoDigestsOfOneEpochSlashTheNode() public {
        vm.expectEmit(address(evidence));
        emit IReportEvidence.EquivocationProven(
            EPOCH, nodes[NODE].cold, challenger, _digestOf(first), _digestOf(second)
        );
        _accuse();
        for (uint256 i = 0; i < nodes.length; ++i) {
            assertEq(bonds.generationOf(nodes[i].cold), i == NODE ? uint32(1) : uint32(0), "times slashed");
        }
        bonds.seize(nodes[NODE].cold, 0, address(usd));
        assertEq(bonds.claimable(challenger, address(usd)), NODE_BOND / 5, "whose fifth it is");
    }

    /// @dev Neither was ever posted, and whatever stands goes on standing: also when one of the two is it.
    function test_WhatStandsGoesOnStanding() public {
        IReportEvidence.SignedReport memory posted = _plant(EPOCH, keccak256("posted"));
        bytes32 digest = keccak256(abi.encode(oracle.standing(EPOCH)));
        first = posted;
        first.signatures = _record(NODE, _digestOf(posted));
        _accuse();
        assertEq(keccak256(abi.encode(oracle.standing(EPOCH))), digest, "standing");
        assertEq(oracle.headEpoch(), EPOCH, "head");
    }

    /// @dev There is no last day: as long as a bond is there, also years after.
    function test_ItCountsLongAfterTheEpoch() public {
        vm.warp(block.timestamp + 3650 days);
        _accuse();
        assertEq(bonds.generationOf(nodes[NODE].cold), 1, "times slashed");
    }

    function testFuzz_AnyFieldThatDiffersIsEquivocation(uint256 field, bytes32 other) public {
        second = first;
        field = bound(field, 0, 5);
        if (field == 0) second.report.configDigest = other;
        else if (field == 1) second.report.baseEpoch = uint64(uint256(other));
        else if (field == 2) second.baseRoot = other;
        else if (field == 3) second.report.root = other;
        else if (field == 4) second.report.setHash = other;
        else second.report.leafCount = uint32(uint256(other));
        vm.assume(keccak256(abi.encode(second)) != keccak256(abi.encode(first)));
        second.signatures = _record(NODE, _digestOf(second));
        _accuse();
        assertEq(bonds.generationOf(nodes[NODE].cold), 1, "times slashed");
    }

    // ------------------------------------------------------------------ //
    // What is not equivocation
    // ------------------------------------------------------------------ //

    function test_RevertWhen_TheTwoAreOne() public {
        second = first;
        _refuse();
    }

    function test_RevertWhen_TheEpochsDiffer() public {
        second = _statement(EPOCH + 1, keccak256("another"));
        _refuse();
    }

    function test_RevertWhen_TwoNodesSignedThem() public {
        second.signatures = _record(NODE + 1, _digestOf(second));
        _refuse();
    }

    function test_RevertWhen_TheKeyIsNobodys() public {
        (, uint256 key) = makeAddrAndKey("stranger");
        first.signatures = _recordWith(NODE, key, _digestOf(first));
        second.signatures = _recordWith(NODE, key, _digestOf(second));
        _expectWrongSignature(NODE);
        _accuse();
    }

    /// @dev Whatever bit is altered, some other key or none signed it; the index alone is nobody's statement.
    function testFuzz_RevertWhen_AnyBitOfASignatureIsAltered(uint256 bit, bool inFirst) public {
        bit = bound(bit, 8, 65 * 8 - 1);
        bytes memory record = inFirst ? first.signatures : second.signatures;
        record[bit / 8] ^= bytes1(uint8(1 << bit % 8));
        if (inFirst) first.signatures = record;
        else second.signatures = record;
        vm.expectRevert();
        _accuse();
        assertEq(bonds.generationOf(nodes[NODE].cold), 0, "times slashed");
    }

    function test_RevertWhen_ThereIsNotOneRecordEach() public {
        bytes memory record = second.signatures;
        bytes[3] memory wrong = [bytes(""), bytes.concat(record, record), bytes.concat(record, hex"00")];
        uint8[3] memory counted = [0, 2, 1];
        for (uint256 i = 0; i < wrong.length; ++i) {
            second.signatures = wrong[i];
            vm.expectRevert(abi.encodeWithSelector(IReportEvidence.ReportEvidence_NotAQuorum.selector, counted[i], 1));
            _accuse();
        }
    }

    function test_RevertWhen_SignedForAnotherChainOrContract() public {
        vm.chainId(block.chainid + 1);
        vm.expectRevert();
        _accuse();
    }

    // ------------------------------------------------------------------ //
    // Once
    // ------------------------------------------------------------------ //

    function test_RevertWhen_ThePairIsSentAgain() public {
        _accuse();
        _refuseSpent(NODE);
    }

    /// @dev Nor the other way round, nor with a third, nor of another epoch: all that a slashed key signed is paid for.
    function test_RevertWhen_TheKeysNodeIsBackWithANewBond() public {
        _accuse();
        (address hot, uint256 key) = makeAddrAndKey("next");
        vm.prank(nodes[NODE].cold);
        nodeSet.join(hot);
        IReportEvidence.SignedReport memory one = first;
        first = second;
        second = one;
        _refuseSpent(NODE);
        second = _statement(EPOCH, keccak256("a third"));
        _refuseSpent(NODE);
        first = _statement(EPOCH + 1, keccak256("one"));
        second = _statement(EPOCH + 1, keccak256("another"));
        _refuseSpent(NODE);

        // Its new key is held to what it signs.
        first.signatures = _recordWith(NODE, key, _digestOf(first));
        second.signatures = _recordWith(NODE, key, _digestOf(second));
        _accuse();
        assertEq(bonds.generationOf(nodes[NODE].cold), 2, "times slashed");
    }

    /// @dev A key rotated away before the node was slashed is of the same generation.
    function test_RevertWhen_AnEarlierKeyOfASlashedNodeIsAccused() public {
        (address hot, uint256 key) = makeAddrAndKey("rotated");
        vm.warp(GENESIS + 2 days);
        vm.prank(nodes[NODE].cold);
        nodeSet.rotate(hot);
        IReportEvidence.SignedReport memory one = first;
        IReportEvidence.SignedReport memory other = second;
        first.signatures = _recordWith(NODE, key, _digestOf(first));
        second.signatures = _recordWith(NODE, key, _digestOf(second));
        _accuse();
        first = one;
        second = other;
        _refuseSpent(NODE);
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    function _statement(uint64 epoch, bytes32 root) private view returns (IReportEvidence.SignedReport memory signed) {
        signed.report = _report(epoch, root, LEAVES);
        signed.signatures = _record(NODE, _digestOf(signed));
    }

    function _digestOf(IReportEvidence.SignedReport memory signed) private view returns (bytes32) {
        return _reportDigest(signed.report, signed.baseRoot);
    }

    function _accuse() private {
        vm.prank(challenger);
        evidence.equivocation(first, second);
    }

    function _refuse() private {
        _expectNothingProven();
        _accuse();
        assertEq(bonds.generationOf(nodes[NODE].cold), 0, "times slashed");
    }

    function _refuseSpent(uint256 node) private {
        uint32 before = bonds.generationOf(nodes[node].cold);
        vm.expectRevert(
            abi.encodeWithSelector(IReportEvidence.ReportEvidence_AlreadySlashed.selector, nodes[node].cold)
        );
        _accuse();
        assertEq(bonds.generationOf(nodes[node].cold), before, "times slashed");
    }
}
