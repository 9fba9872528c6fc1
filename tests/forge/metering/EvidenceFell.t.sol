// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IReportEvidence} from "../../../contracts/metering/IReportEvidence.sol";
import {EvidenceTest} from "./EvidenceTest.sol";

/// @title A counter below its named base, each of the five, by however little
contract EvidenceFellTest is EvidenceTest {
    uint256 private constant FLAGS = 0xFFFF;

    function testFuzz_AnyCounterThatFellRefutes(uint256 before, uint256 after_, uint256 which, uint256 by) public {
        uint256 shift = 16 + 48 * bound(which, 0, 4);
        uint256 counter = bound(before >> shift & (1 << 48) - 1, 1, (1 << 48) - 1);
        by = bound(by, 1, counter);
        uint256 mask = ~(((1 << 48) - 1) << shift);
        (IReportEvidence.SignedReport memory signed, Leaves memory old, Leaves memory new_) =
            _plantTwo(before & mask | counter << shift, after_ & mask | counter - by << shift);
        evidence.counterFell(signed, _prove(new_, 1), _prove(old, 1));
        _assertDropped(EPOCH, BASE_EPOCH, 1);
    }

    /// @dev Counters that stay or grow, by however much, with any flags.
    function testFuzz_CountersThatDidNotFallAreNoEvidence(uint256 before, uint256 more, uint16 flags) public {
        uint256 after_ = flags;
        for (uint256 shift = 16; shift < 256; shift += 48) {
            uint256 counter = before >> shift & (1 << 48) - 1;
            after_ |= counter + (more >> shift) % ((1 << 48) - counter) << shift;
        }
        (IReportEvidence.SignedReport memory signed, Leaves memory old, Leaves memory new_) = _plantTwo(before, after_);
        (IReportEvidence.Leaf memory leaf, IReportEvidence.Leaf memory base) = (_prove(new_, 1), _prove(old, 1));
        _expectNothingProven();
        evidence.counterFell(signed, leaf, base);
        _assertStands(EPOCH);
    }

    function test_RevertWhen_TheTwoLeavesAreOfTwoMeters() public {
        (IReportEvidence.SignedReport memory signed, Leaves memory old, Leaves memory new_) =
            _plantTwo(_some(1, 3), _some(1, 4));
        (IReportEvidence.Leaf memory leaf, IReportEvidence.Leaf memory base) = (_prove(new_, 0), _prove(old, 2));
        _expectNothingProven();
        evidence.counterFell(signed, leaf, base);
    }

    function test_RevertWhen_ALeafIsNotProven() public {
        (IReportEvidence.SignedReport memory signed, Leaves memory old, Leaves memory new_) =
            _plantTwo(_some(1, 3), _some(1, 2));
        (IReportEvidence.Leaf memory leaf, IReportEvidence.Leaf memory base) = (_prove(new_, 1), _prove(old, 1));
        (bytes32 root, bytes32 baseRoot, uint256 id) = (signed.report.root, signed.baseRoot, leaf.meterId);

        leaf.reading -= 1 << 16;
        _expectWrongProof(id, root);
        evidence.counterFell(signed, leaf, base);
        leaf.reading += 1 << 16;
        base.reading += 1 << 16;
        _expectWrongProof(id, baseRoot);
        evidence.counterFell(signed, leaf, base);
        base.reading -= 1 << 16;
        for (uint256 i = 0; i < leaf.proof.length; ++i) {
            leaf.proof[i] ^= bytes32(uint256(1));
            _expectWrongProof(id, root);
            evidence.counterFell(signed, leaf, base);
            leaf.proof[i] ^= bytes32(uint256(1));
        }
        for (uint256 i = 0; i < base.proof.length; ++i) {
            base.proof[i] ^= bytes32(uint256(1));
            _expectWrongProof(id, baseRoot);
            evidence.counterFell(signed, leaf, base);
            base.proof[i] ^= bytes32(uint256(1));
        }
        (leaf.meterId, base.meterId) = (id + 1, id + 1);
        _expectWrongProof(id + 1, root);
        evidence.counterFell(signed, leaf, base);
        (leaf.meterId, base.meterId) = (id, id);
        _expectWrongProof(id, root);
        evidence.counterFell(signed, base, leaf);
        evidence.counterFell(signed, leaf, base); // nothing but that was wrong with it
    }

    /// @dev The first report has no base, and the zero root no leaves.
    function test_RevertWhen_ThereIsNoBase() public {
        Leaves memory leaves = _leaves(1, 3);
        IReportEvidence.SignedReport memory signed = _plant(EPOCH, _root(leaves));
        IReportEvidence.Leaf memory leaf = _prove(leaves, 0);
        _expectWrongProof(leaf.meterId, bytes32(0));
        evidence.counterFell(signed, leaf, leaf);
    }

    /// @dev A base and a report on it, alike but for one meter of four.
    function _plantTwo(uint256 before, uint256 after_)
        private
        returns (IReportEvidence.SignedReport memory signed, Leaves memory old, Leaves memory new_)
    {
        (old, new_) = (_leaves(4, 3), _leaves(4, 3));
        (old.readings[1], new_.readings[1]) = (before, after_);
        _plant(BASE_EPOCH, _root(old));
        signed = _plant(EPOCH, _root(new_));
    }
}
