// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {Aggregate} from "../../../contracts/metering/Aggregate.sol";
import {IReportEvidence} from "../../../contracts/metering/IReportEvidence.sol";
import {EvidenceTest} from "../metering/EvidenceTest.sol";
import {Merkle} from "../support/Merkle.sol";
import {GasTable} from "./GasTable.sol";

/// @title What evidence costs whoever sends it, under roots over 100,000 meters
/// @notice A challenger pays this once, out of a fifth of the bonds. The ceilings are our own.
/// forge-config: default.isolate = true
/// forge-config: long.isolate = true
contract EvidenceGasTest is EvidenceTest, GasTable {
    uint256 private constant LEVELS = 17;

    function test_EvidenceAgainst04Nodes() public {
        _measure({n: 4, duplicate: 440_000, fell: 440_000, aggregate: 520_000, equivocation: 300_000});
    }

    function test_EvidenceAgainst31Nodes() public {
        _measure({n: 31, duplicate: 2_200_000, fell: 2_200_000, aggregate: 3_000_000, equivocation: 850_000});
    }

    function _measure(uint256 n, uint256 duplicate, uint256 fell, uint256 aggregate, uint256 equivocation) private {
        vm.warp(GENESIS);
        _deploy(n);
        _wire();
        string memory against = string.concat(", ", vm.toString(n), " nodes *");
        uint256 fork = vm.snapshotState();
        _sendDuplicate();
        _check(string.concat("evidence: a meter twice", against), duplicate);
        vm.revertToState(fork);
        _sendFell();
        _check(string.concat("evidence: a counter fell", against), fell);
        vm.revertToState(fork);
        _sendAggregate();
        _check(string.concat("evidence: not what was observed", against), aggregate);
        vm.revertToState(fork);
        _sendEquivocation();
        _check(string.concat("evidence: a node signed two", against), equivocation);
    }

    function _sendDuplicate() private {
        (bytes32 one, IReportEvidence.Leaf memory first) = _deep(_meter(1), 1, LEVELS - 1);
        (bytes32 other, IReportEvidence.Leaf memory second) = _deep(_meter(1), 2, LEVELS - 1);
        (first.proof[LEVELS - 1], second.proof[LEVELS - 1]) = (other, one);
        IReportEvidence.SignedReport memory signed = _plant(EPOCH, Hashes.commutativeKeccak256(one, other));
        evidence.duplicateMeter(signed, first, second);
    }

    function _sendFell() private {
        (bytes32 baseRoot, IReportEvidence.Leaf memory base) = _deep(_meter(1), 5 << 208, LEVELS);
        (bytes32 root, IReportEvidence.Leaf memory leaf) = _deep(_meter(1), 4 << 208, LEVELS);
        _plant(BASE_EPOCH, baseRoot);
        IReportEvidence.SignedReport memory signed = _plant(EPOCH, root);
        evidence.counterFell(signed, leaf, base);
    }

    function _sendAggregate() private {
        uint256 q = nodeSet.quorum();
        IReportEvidence.Leaf[] memory increments = new IReportEvidence.Leaf[](q);
        IReportEvidence.Named memory named =
            IReportEvidence.Named({blockHash: BLOCK_HASH, nodes: new uint8[](q), roots: new bytes32[](q)});
        uint256[] memory words = new uint256[](q);
        for (uint256 i = 0; i < q; ++i) {
            words[i] = _reading(3600 - i, 3000 + i, 1000 - i, 10 + i, 300 - i);
            named.nodes[i] = uint8(i);
            (named.roots[i], increments[i]) = _deep(_meter(1), words[i], LEVELS);
        }
        (bytes32 baseRoot, IReportEvidence.Leaf memory base) = _deep(_meter(1), 5 << 208, LEVELS);
        (bytes32 root, IReportEvidence.Leaf memory leaf) =
            _deep(_meter(1), Aggregate.agree(base.reading, words) + (1 << 160), LEVELS);
        _plant(BASE_EPOCH, baseRoot);
        bytes32 setHash = keccak256(abi.encode(named.blockHash, named.nodes, named.roots));
        IReportEvidence.SignedReport memory signed = _plant(EPOCH, root, setHash);
        evidence.wrongAggregate(signed, named, leaf, base, increments);
    }

    function _sendEquivocation() private {
        IReportEvidence.SignedReport memory first;
        IReportEvidence.SignedReport memory second;
        (first.report, second.report) = (_report(EPOCH, ROOT, LEAVES), _report(EPOCH, keccak256("another"), LEAVES));
        first.signatures = _record(0, _reportDigest(first.report));
        second.signatures = _record(0, _reportDigest(second.report));
        evidence.equivocation(first, second);
    }

    /// @dev A leaf deep in a tree of which nothing else is known but the siblings on its way up. The path has room for LEVELS.
    function _deep(uint256 meterId, uint256 reading, uint256 levels)
        private
        pure
        returns (bytes32 root, IReportEvidence.Leaf memory leaf)
    {
        leaf = IReportEvidence.Leaf(meterId, reading, new bytes32[](LEVELS));
        root = Merkle.leaf(meterId, reading);
        for (uint256 i = 0; i < levels; ++i) {
            leaf.proof[i] = keccak256(abi.encode(meterId, reading, i));
            root = Hashes.commutativeKeccak256(root, leaf.proof[i]);
        }
    }
}
