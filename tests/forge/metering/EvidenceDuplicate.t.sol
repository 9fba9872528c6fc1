// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {IMeterOracle} from "../../../contracts/metering/IMeterOracle.sol";
import {IReportEvidence} from "../../../contracts/metering/IReportEvidence.sol";
import {Merkle} from "../support/Merkle.sol";
import {EvidenceTest} from "./EvidenceTest.sol";

/// @title One meter twice under a root, whatever tree it is hidden in, and never where it stands once
contract EvidenceDuplicateTest is EvidenceTest {
    /// @dev Two readings of one meter, at any two places of a tree of any size.
    function testFuzz_TwoReadingsOfOneMeterRefute(uint256 count, uint256 first, uint256 second) public {
        count = bound(count, 2, 40);
        first = bound(first, 0, count - 1);
        second = (first + bound(second, 1, count - 1)) % count;
        Leaves memory leaves = _leaves(count, 3);
        leaves.meters[second] = leaves.meters[first];
        leaves.readings[second] = leaves.readings[first] + 1;
        IReportEvidence.SignedReport memory signed = _plant(EPOCH, _root(leaves));
        (IReportEvidence.Leaf memory a, IReportEvidence.Leaf memory b) = (_prove(leaves, first), _prove(leaves, second));

        vm.expectEmit(address(evidence));
        emit IReportEvidence.ReportRefuted(EPOCH, challenger, _firstColds());
        vm.prank(challenger);
        evidence.duplicateMeter(signed, a, b);
        _assertDropped(EPOCH, 0, 1);
    }

    /// @dev The very same leaf at two places: the paths differ, or a hash on the one path there is is its own sibling. The tree need not
    /// be sorted: a lying quorum builds what it likes, here any complete tree of a power of two.
    function testFuzz_TheSameLeafTwiceRefutesWhereverItStands(uint256 height, uint256 one, uint256 other, bool twins)
        public
    {
        uint256 count = 1 << bound(height, 1, 5);
        one = bound(one, 0, count - 1);
        other = (one + bound(other, 1, count - 1)) % count;
        Leaves memory leaves = _leaves(count, 3);
        leaves.meters[other] = leaves.meters[one];
        leaves.readings[other] = leaves.readings[one];
        // Both halves alike: then no two paths differ, at whatever height the two leaves part.
        if (twins) {
            other = one ^ count / 2;
            for (uint256 i = 0; i < count / 2; ++i) {
                leaves.meters[count / 2 + i] = leaves.meters[i];
                leaves.readings[count / 2 + i] = leaves.readings[i];
            }
        }
        (bytes32 root, bytes32[] memory path) = _unsorted(leaves, one);
        (, bytes32[] memory another) = _unsorted(leaves, other);
        IReportEvidence.Leaf memory a = IReportEvidence.Leaf(leaves.meters[one], leaves.readings[one], path);
        IReportEvidence.Leaf memory b = IReportEvidence.Leaf(leaves.meters[other], leaves.readings[other], another);
        if (twins) assertEq(keccak256(abi.encode(path)), keccak256(abi.encode(another)), "one path for both");
        IReportEvidence.SignedReport memory signed = _plant(EPOCH, root);
        evidence.duplicateMeter(signed, a, b);
        _assertDropped(EPOCH, 0, 1);
    }

    /// @dev The one leaf there is, twice, and any two meters, are no evidence, in trees of any size.
    function testFuzz_AMeterThatStandsOnceIsNoEvidence(uint256 count, uint256 first, uint256 second) public {
        count = bound(count, 1, 40);
        (first, second) = (bound(first, 0, count - 1), bound(second, 0, count - 1));
        Leaves memory leaves = _leaves(count, 3);
        IReportEvidence.SignedReport memory signed = _plant(EPOCH, _root(leaves));
        (IReportEvidence.Leaf memory a, IReportEvidence.Leaf memory b) = (_prove(leaves, first), _prove(leaves, second));
        _expectNothingProven();
        evidence.duplicateMeter(signed, a, b);
        _assertStands(EPOCH);
    }

    function test_RevertWhen_APathIsNotOfThisRoot() public {
        (IReportEvidence.SignedReport memory signed, IReportEvidence.Leaf memory a, IReportEvidence.Leaf memory b) =
            _planted();
        bytes32 root = signed.report.root;
        for (uint256 i = 0; i < b.proof.length; ++i) {
            b.proof[i] ^= bytes32(uint256(1));
            _expectWrongProof(b.meterId, root);
            evidence.duplicateMeter(signed, a, b);
            _expectWrongProof(b.meterId, root);
            evidence.duplicateMeter(signed, b, a);
            b.proof[i] ^= bytes32(uint256(1));
        }
        b.reading += 1;
        _expectWrongProof(b.meterId, root);
        evidence.duplicateMeter(signed, a, b);
        b.reading -= 1;
        (a.meterId, b.meterId) = (a.meterId + 1, b.meterId + 1);
        _expectWrongProof(a.meterId, root);
        evidence.duplicateMeter(signed, a, b);
        (a.meterId, b.meterId) = (a.meterId - 1, b.meterId - 1);
        evidence.duplicateMeter(signed, a, b); // nothing but that was wrong with it
    }

    /// @dev An inner node's children, 64 bytes hashed once, do not pass for a leaf, which is hashed twice.
    function test_RevertWhen_AnInnerNodeIsSentForALeaf() public {
        Leaves memory leaves = _leaves(4, 3);
        bytes32[] memory tree = _tree(leaves);
        IReportEvidence.SignedReport memory signed = _plant(EPOCH, tree[0]);
        (bytes32 left, bytes32 right) = tree[1] < tree[2] ? (tree[1], tree[2]) : (tree[2], tree[1]);
        IReportEvidence.Leaf memory fake = IReportEvidence.Leaf(uint256(left), uint256(right), new bytes32[](0));
        _expectWrongProof(uint256(left), tree[0]);
        evidence.duplicateMeter(signed, fake, fake);
    }

    function _planted()
        private
        returns (
            IReportEvidence.SignedReport memory signed,
            IReportEvidence.Leaf memory a,
            IReportEvidence.Leaf memory b
        )
    {
        Leaves memory leaves = _leaves(7, 3);
        leaves.meters[4] = leaves.meters[2];
        signed = _plant(EPOCH, _root(leaves));
        (a, b) = (_prove(leaves, 2), _prove(leaves, 4));
    }

    function _firstColds() private view returns (address[] memory signers) {
        signers = new address[](nodeSet.quorum());
        for (uint256 i = 0; i < signers.length; ++i) {
            signers[i] = nodes[i].cold;
        }
    }

    /// @dev Root and path of a tree that takes its leaves as they come.
    function _unsorted(Leaves memory leaves, uint256 at) private pure returns (bytes32, bytes32[] memory path) {
        uint256 width = leaves.meters.length;
        bytes32[] memory level = new bytes32[](width);
        for (uint256 i = 0; i < width; ++i) {
            level[i] = Merkle.leaf(leaves.meters[i], leaves.readings[i]);
        }
        uint256 depth = 0;
        for (uint256 w = width; w > 1; w /= 2) {
            ++depth;
        }
        path = new bytes32[](depth);
        for (uint256 d = 0; d < depth; ++d) {
            path[d] = level[at ^ 1];
            width /= 2;
            for (uint256 i = 0; i < width; ++i) {
                level[i] = Hashes.commutativeKeccak256(level[2 * i], level[2 * i + 1]);
            }
            at /= 2;
        }
        return (level[0], path);
    }
}
