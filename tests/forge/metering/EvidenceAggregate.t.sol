// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {Aggregate} from "../../../contracts/metering/Aggregate.sol";
import {IReportEvidence} from "../../../contracts/metering/IReportEvidence.sol";
import {EvidenceTest} from "./EvidenceTest.sol";

/// @title A reading that is not its base and what the named observations agree on
/// @dev wrongAggregate
/// ├── the set is not the one the report names → WrongSet
/// ├── not one increment for each named root → WrongLeafCount
/// ├── leaves of two meters → NothingProven
/// ├── reading, base or an increment does not lead to its root → WrongProof
/// ├── no base is given, though the meter may have one → WrongProof
/// ├── the reading is right → NothingProven
/// └── otherwise → dropped and slashed
contract EvidenceAggregateTest is EvidenceTest {
    uint256 private constant METERS = 4;

    /// @notice All that goes into the call.
    struct Case {
        IReportEvidence.SignedReport signed;
        IReportEvidence.Named named;
        IReportEvidence.Leaf leaf;
        IReportEvidence.Leaf base;
        IReportEvidence.Leaf[] increments;
    }

    // ------------------------------------------------------------------ //
    // Lies and truths
    // ------------------------------------------------------------------ //

    /// @dev Any difference from what the nodes' observations make, in one bit of the reading, refutes; no difference does not.
    function testFuzz_AReadingThatIsNotTheAggregateRefutes(uint256 size, uint256 seed, uint256 bit) public {
        vm.warp(GENESIS);
        _deploy(_sizes()[size % 5]);
        _wire();
        uint256 fork = vm.snapshotState();
        Case memory honest = _case(seed, 0);
        _expectNothingProven();
        _accuse(honest);
        _assertStands(EPOCH);
        vm.revertToStateAndDelete(fork);
        _accuse(_case(seed, 1 << bit % 256));
        _assertDropped(EPOCH, BASE_EPOCH, 1);
    }

    /// @dev A quorum may name what it likes: nothing, or an even number. Nothing named, nothing counted.
    function test_ASetThatNamesNobodyHasCountedNothing() public {
        Case memory c = _caseOf(0, 7, 0);
        _expectNothingProven();
        _accuse(c);
        vm.warp(GENESIS);
        setUp();
        _accuse(_caseOf(0, 7, 1 << 208));
        _assertDropped(EPOCH, BASE_EPOCH, 1);
    }

    function test_AnEvenSetIsHeldToItsLowerMedian() public {
        Case memory c = _caseOf(2, 7, 0);
        _expectNothingProven();
        _accuse(c);
        vm.warp(GENESIS);
        setUp();
        _accuse(_caseOf(2, 7, 1 << 160));
        _assertDropped(EPOCH, BASE_EPOCH, 1);
    }

    // ------------------------------------------------------------------ //
    // Every piece of it
    // ------------------------------------------------------------------ //

    function test_RevertWhen_TheSetIsNotTheReports() public {
        Case memory c = _case(1, 1 << 208);
        bytes32 expected = c.signed.report.setHash;

        c.named.blockHash ^= bytes32(uint256(1));
        _expectWrongSet(c, expected);
        _accuse(c);
        c.named.blockHash ^= bytes32(uint256(1));
        for (uint256 i = 0; i < c.named.roots.length; ++i) {
            c.named.roots[i] ^= bytes32(uint256(1));
            _expectWrongSet(c, expected);
            _accuse(c);
            c.named.roots[i] ^= bytes32(uint256(1));
            c.named.nodes[i] += 1;
            _expectWrongSet(c, expected);
            _accuse(c);
            c.named.nodes[i] -= 1;
        }
        (c.named.roots[0], c.named.roots[1]) = (c.named.roots[1], c.named.roots[0]);
        _expectWrongSet(c, expected);
        _accuse(c);
        (c.named.roots[0], c.named.roots[1]) = (c.named.roots[1], c.named.roots[0]);
        _accuse(c); // nothing but that was wrong with it
        _assertDropped(EPOCH, BASE_EPOCH, 1);
    }

    function test_RevertWhen_AnIncrementIsMissingOrTooMany() public {
        Case memory c = _case(1, 1 << 208);
        IReportEvidence.Leaf[] memory all = c.increments;
        for (uint256 count = 0; count < 5; ++count) {
            if (count == all.length) continue;
            c.increments = new IReportEvidence.Leaf[](count);
            for (uint256 i = 0; i < count; ++i) {
                c.increments[i] = all[i % all.length];
            }
            vm.expectRevert(
                abi.encodeWithSelector(IReportEvidence.ReportEvidence_WrongLeafCount.selector, all.length, count)
            );
            _accuse(c);
        }
        c.increments = all;
        _accuse(c);
    }

    function test_RevertWhen_ALeafIsNotProven() public {
        Case memory c = _case(1, 1 << 208);
        _refuseSpoilt(c, c.leaf, c.signed.report.root);
        _refuseSpoilt(c, c.base, c.signed.baseRoot);
        for (uint256 i = 0; i < c.increments.length; ++i) {
            _refuseSpoilt(c, c.increments[i], c.named.roots[i]);
        }
        _accuse(c); // nothing but that was wrong with it
        _assertDropped(EPOCH, BASE_EPOCH, 1);
    }

    function test_RevertWhen_LeavesAreOfTwoMeters() public {
        Case memory c = _case(1, 1 << 208);
        c.base.meterId += 1;
        _expectNothingProven();
        _accuse(c);
        c.base.meterId -= 1;
        for (uint256 i = 0; i < c.increments.length; ++i) {
            c.increments[i].meterId += 1;
            _expectNothingProven();
            _accuse(c);
            c.increments[i].meterId -= 1;
        }
        _accuse(c);
    }

    // ------------------------------------------------------------------ //
    // Meters without a base
    // ------------------------------------------------------------------ //

    function test_TheFirstReportBuildsOnZero() public {
        Case memory c = _first(0);
        _expectNothingProven();
        _accuse(c);
        vm.warp(GENESIS);
        setUp();
        c = _first(1 << 112);
        c.base.reading = 1;
        _expectWrongProof(c.leaf.meterId, bytes32(0));
        _accuse(c);
        c.base.reading = 0;
        _accuse(c);
        _assertDropped(EPOCH, 0, 1);
    }

    /// @dev A lease that starts when the base report's period ends, or later, was not counted in it.
    function test_ALeaseThatHadNotStartedBuildsOnZero() public {
        vm.warp(GENESIS + 10 * L);
        for (uint256 late = 0; late < 2; ++late) {
            uint256 fork = vm.snapshotState();
            Case memory lie = _new(late * L, 1 << 64);
            _accuse(lie);
            _assertDropped(lie.signed.report.epoch, lie.signed.report.baseEpoch, 1);
            vm.revertToState(fork);
            Case memory honest = _new(late * L, 0);
            _expectNothingProven();
            _accuse(honest);
            vm.revertToStateAndDelete(fork);
        }
    }

    /// @dev One that starts an epoch earlier is counted in it: its base must be shown.
    function test_RevertWhen_TheLeaseHadStarted() public {
        ICapacityLease.LeaseRequest memory request = _request(1, 10 days);
        uint256 id = _open(request);
        uint64 base = _epochAt(request.start);
        assertEq(oracle.periodEnd(base), request.start + L, "one epoch of it");
        Case memory c = _newIn(base, id, 1 << 64);
        _expectWrongProof(c.leaf.meterId, c.signed.baseRoot);
        _accuse(c);
    }

    function test_RevertWhen_ANewLeasesBaseIsNotEmpty() public {
        Case memory c = _new(0, 1 << 64);
        c.base.reading = 1;
        _expectWrongProof(c.leaf.meterId, c.signed.baseRoot);
        _accuse(c);
        c.base.reading = 0;
        c.base.proof = new bytes32[](1);
        _expectWrongProof(c.leaf.meterId, c.signed.baseRoot);
        _accuse(c);
        c.base.proof = new bytes32[](0);
        _accuse(c);
    }

    /// @dev Fleets are for display; no lease, no contract, no answer, or one that is no time.
    function test_RevertWhen_NobodySaysThatTheMeterIsNew() public {
        uint256 known = uint256(uint160(address(leases))) << 88;
        address[5] memory others = [
            address(new Answers("")),
            address(new Answers(abi.encode(1, 2))),
            address(new Answers(abi.encode(1, 2, uint256(1) << 40))),
            address(registry),
            makeAddr("nobody")
        ];
        uint256[8] memory meters;
        meters[0] = uint256(1) << 248 | known | 12_345; // no such lease
        meters[1] = uint256(2) << 248 | uint256(uint160(address(registry))) << 88 | fleetId;
        meters[2] = known | 1; // no such kind
        for (uint256 i = 0; i < others.length; ++i) {
            meters[3 + i] = uint256(1) << 248 | uint256(uint160(others[i])) << 88 | 1;
        }
        for (uint256 i = 0; i < meters.length; ++i) {
            uint256 fork = vm.snapshotState();
            Case memory c = _unlisted(meters[i]);
            _expectWrongProof(meters[i], c.signed.baseRoot);
            _accuse(c);
            vm.revertToStateAndDelete(fork);
        }
        // A contract that says so is believed: what an honest root never holds needs no defence.
        address yes = address(new Answers(abi.encode(0, 0, oracle.periodEnd(EPOCH))));
        _accuse(_unlisted(uint256(1) << 248 | uint256(uint160(yes)) << 88 | 1));
        _assertDropped(EPOCH, BASE_EPOCH, 1);
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    function _accuse(Case memory c) private {
        vm.prank(challenger);
        evidence.wrongAggregate(c.signed, c.named, c.leaf, c.base, c.increments);
    }

    /// @dev A report on a base, made of as many observations as there are signers; `lie` is added to one reading of it by exclusive or.
    function _case(uint256 seed, uint256 lie) private returns (Case memory) {
        return _caseOf(nodeSet.quorum(), seed, lie);
    }

    function _caseOf(uint256 count, uint256 seed, uint256 lie) private returns (Case memory c) {
        Leaves memory before = _random(seed, "base");
        _plant(BASE_EPOCH, _root(before));
        uint256 which = seed % METERS;
        c = _made(EPOCH, before, count, seed, which, lie);
        c.base = _prove(before, which);
    }

    /// @dev What observations made of `before`: the whole of a report, planted.
    function _made(uint64 epoch, Leaves memory before, uint256 count, uint256 seed, uint256 which, uint256 lie)
        private
        returns (Case memory c)
    {
        Leaves[] memory seen = new Leaves[](count);
        c.named.blockHash = BLOCK_HASH;
        c.named.nodes = new uint8[](count);
        c.named.roots = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            seen[i] = _random(seed, vm.toString(i));
            seen[i].meters = before.meters;
            c.named.nodes[i] = uint8(i);
            c.named.roots[i] = _root(seen[i]);
        }
        Leaves memory now_ = Leaves(before.meters, new uint256[](METERS));
        uint256[] memory column = new uint256[](count);
        for (uint256 meter = 0; meter < METERS; ++meter) {
            for (uint256 i = 0; i < count; ++i) {
                column[i] = seen[i].readings[meter];
            }
            now_.readings[meter] = Aggregate.agree(before.readings[meter], column);
        }
        now_.readings[which] ^= lie;
        c.signed = _plant(epoch, _root(now_), keccak256(abi.encode(c.named.blockHash, c.named.nodes, c.named.roots)));
        c.leaf = _prove(now_, which);
        c.increments = new IReportEvidence.Leaf[](count);
        for (uint256 i = 0; i < count; ++i) {
            c.increments[i] = _prove(seen[i], which);
        }
    }

    function _first(uint256 lie) private returns (Case memory c) {
        Leaves memory none = _leaves(METERS, 0);
        none.readings = new uint256[](METERS);
        c = _made(EPOCH, none, 3, 5, 1, lie);
        c.base.meterId = c.leaf.meterId;
    }

    /// @dev A lease that starts `late` seconds after the base report's period, in the report after it.
    function _new(uint256 late, uint256 lie) private returns (Case memory) {
        ICapacityLease.LeaseRequest memory request = _request(1, 10 days);
        return _newIn(_epochAt(request.start - late) - 1, _open(request), lie);
    }

    function _newIn(uint64 base, uint256 leaseId, uint256 lie) private returns (Case memory c) {
        Leaves memory before = _random(9, "base");
        _plant(base, _root(before));
        before.meters[2] = leases.meterIdOf(leaseId);
        before.readings[2] = 0;
        c = _made(base + 1, before, 3, 5, 2, lie);
        c.base.meterId = c.leaf.meterId;
    }

    function _unlisted(uint256 meterId) private returns (Case memory c) {
        Leaves memory before = _random(9, "base");
        _plant(BASE_EPOCH, _root(before));
        before.meters[2] = meterId;
        before.readings[2] = 0;
        c = _made(EPOCH, before, 3, 5, 2, 1 << 64);
        c.base.meterId = meterId;
    }

    function _random(uint256 seed, string memory what) private view returns (Leaves memory leaves) {
        leaves = _leaves(METERS, 0);
        for (uint256 i = 0; i < METERS; ++i) {
            leaves.readings[i] = uint256(keccak256(abi.encode(seed, what, i)));
        }
    }

    function _refuseSpoilt(Case memory c, IReportEvidence.Leaf memory leaf, bytes32 root) private {
        leaf.reading ^= 1 << 16;
        _expectWrongProof(leaf.meterId, root);
        _accuse(c);
        leaf.reading ^= 1 << 16;
        for (uint256 i = 0; i < leaf.proof.length; ++i) {
            leaf.proof[i] ^= bytes32(uint256(1));
            _expectWrongProof(leaf.meterId, root);
            _accuse(c);
            leaf.proof[i] ^= bytes32(uint256(1));
        }
        bytes32[] memory path = leaf.proof;
        leaf.proof = new bytes32[](path.length + 1);
        _expectWrongProof(leaf.meterId, root);
        _accuse(c);
        leaf.proof = path;
    }

    function _expectWrongSet(Case memory c, bytes32 expected) private {
        bytes32 actual = keccak256(abi.encode(c.named.blockHash, c.named.nodes, c.named.roots));
        vm.expectRevert(abi.encodeWithSelector(IReportEvidence.ReportEvidence_WrongSet.selector, expected, actual));
    }
}

/// @notice Gives one answer to everything.
contract Answers {
    bytes private _answer;

    constructor(bytes memory answer) {
        _answer = answer;
    }

    fallback(bytes calldata) external returns (bytes memory) {
        return _answer;
    }
}
