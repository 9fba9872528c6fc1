// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Aggregate} from "./Aggregate.sol";
import {ILeaseTerms} from "./ILeaseTerms.sol";
import {IMeterOracle} from "./IMeterOracle.sol";
import {INodeBonds} from "./INodeBonds.sol";
import {INodeSet} from "./INodeSet.sol";
import {IReportEvidence} from "./IReportEvidence.sol";
import {SignedReport as Signed} from "./SignedReport.sol";

/// @title ReportEvidence
/// @notice See IReportEvidence.
/// @dev Keeps nothing. What it trusts is what the oracle and the node set say: which report stands, which nodes signed it, and whose a
/// key is. A refutation needs the signature of every node that signed the report that stands, so those of strangers, of nodes with many
/// old keys, or of a minority refute nothing.
contract ReportEvidence is IReportEvidence {
    /// @dev The top eight bits of a lease's meter id.
    uint256 private constant LEASE = 1;

    IMeterOracle private immutable ORACLE;
    INodeSet private immutable NODE_SET;

    constructor(IMeterOracle oracle, INodeSet nodeSet) {
        ORACLE = oracle;
        NODE_SET = nodeSet;
    }

    // ------------------------------------------------------------------ //
    // Reports that are false
    // ------------------------------------------------------------------ //

    /// @inheritdoc IReportEvidence
    /// @dev An honest root holds each meter once. From such a root every proof that holds leads down to that one leaf by the one path to
    /// it: at each step the two hashes under a node are its two children, which differ, and no inner node passes for a leaf, which is
    /// hashed twice. So two proofs that hold and differ, in the leaf or in the path, are of two places. Two places of the same leaf may
    /// have the same path, but only if under the node where they part both children are equal: then the path holds, at that height, a
    /// sibling equal to what it is hashed with, which no honest root has either.
    function duplicateMeter(SignedReport calldata signed, Leaf calldata first, Leaf calldata second) external {
        address[] memory signers = _signersOf(signed);
        bytes32 root = signed.report.root;
        require(first.meterId == second.meterId, ReportEvidence_NothingProven());
        _prove(first, root);
        _prove(second, root);
        bool differ = first.reading != second.reading
            || keccak256(abi.encode(first.proof)) != keccak256(abi.encode(second.proof));
        require(differ || _hasTwin(first), ReportEvidence_NothingProven());
        _refute(signed, signers);
    }

    /// @inheritdoc IReportEvidence
    function counterFell(SignedReport calldata signed, Leaf calldata leaf, Leaf calldata base) external {
        address[] memory signers = _signersOf(signed);
        require(leaf.meterId == base.meterId, ReportEvidence_NothingProven());
        _prove(leaf, signed.report.root);
        _prove(base, signed.baseRoot);
        require(Aggregate.fell(leaf.reading, base.reading), ReportEvidence_NothingProven());
        _refute(signed, signers);
    }

    /// @inheritdoc IReportEvidence
    function wrongAggregate(
        SignedReport calldata signed,
        Named calldata named,
        Leaf calldata leaf,
        Leaf calldata base,
        Leaf[] calldata increments
    ) external {
        address[] memory signers = _signersOf(signed);
        bytes32 setHash = keccak256(abi.encode(named.blockHash, named.nodes, named.roots));
        require(setHash == signed.report.setHash, ReportEvidence_WrongSet(signed.report.setHash, setHash));
        require(
            increments.length == named.roots.length,
            ReportEvidence_WrongLeafCount(named.roots.length, increments.length)
        );
        require(leaf.meterId == base.meterId, ReportEvidence_NothingProven());
        _prove(leaf, signed.report.root);
        if (!_isNewMeter(base, signed.report.baseEpoch)) _prove(base, signed.baseRoot);
        uint256[] memory words = new uint256[](increments.length);
        for (uint256 i = 0; i < words.length; ++i) {
            require(increments[i].meterId == leaf.meterId, ReportEvidence_NothingProven());
            _prove(increments[i], named.roots[i]);
            words[i] = increments[i].reading;
        }
        require(Aggregate.agree(base.reading, words) != leaf.reading, ReportEvidence_NothingProven());
        _refute(signed, signers);
    }

    // ------------------------------------------------------------------ //
    // Nodes that signed two
    // ------------------------------------------------------------------ //

    /// @inheritdoc IReportEvidence
    function equivocation(SignedReport calldata first, SignedReport calldata second) external {
        // Check
        (bytes32 one, address key) = _soleSigner(first);
        (bytes32 other, address again) = _soleSigner(second);
        require(
            key == again && first.report.epoch == second.report.epoch && one != other, ReportEvidence_NothingProven()
        );
        (address cold, bool answers) = _ownerOf(key);
        require(cold != address(0), ReportEvidence_WrongSignature(uint8(first.signatures[0])));
        require(answers, ReportEvidence_AlreadySlashed(cold));

        // Interaction
        address[] memory colds = new address[](1);
        colds[0] = cold;
        emit EquivocationProven(first.report.epoch, cold, msg.sender, one, other);
        _bonds().slash(colds, msg.sender);
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    /// @dev The nodes that signed and whose bond still answers for it, by their cold addresses, once it is sure that this is the report that
    /// stands and can still fall.
    function _signersOf(SignedReport calldata signed) private view returns (address[] memory colds) {
        uint256 left = _signersOfStanding(signed.report);
        uint256 quorum = _count(left);
        require(
            signed.signatures.length == quorum * Signed.RECORD_BYTES,
            ReportEvidence_NotAQuorum(signed.signatures.length / Signed.RECORD_BYTES, quorum)
        );
        (address[] memory members,) = NODE_SET.membersAt(signed.report.epoch);
        bytes32 digest = _digest(signed);
        uint256 answerable = 0;
        colds = new address[](quorum);
        for (uint256 i = 0; i < quorum; ++i) {
            (uint256 index, address key) = Signed.recover(digest, signed.signatures, i);
            // Each node that signed what stands, once: as many records as there are such nodes leave none out.
            require(left >> index & 1 == 1 && key != address(0), ReportEvidence_WrongSignature(index));
            left ^= 1 << index;
            (address cold, bool answers) = _ownerOf(key);
            require(cold == members[index], ReportEvidence_WrongSignature(index));
            if (answers) colds[answerable++] = cold;
        }
        // Shorter by those whose bond was taken for something else since.
        assembly ("memory-safe") {
            mstore(colds, answerable)
        }
    }

    /// @dev The bitmap of who signed what stands, if that is what `report` says and not final.
    function _signersOfStanding(IMeterOracle.Report calldata report) private view returns (uint256) {
        IMeterOracle.Standing memory standing = ORACLE.standing(report.epoch);
        require(
            standing.root == report.root && standing.baseEpoch == report.baseEpoch
                && standing.leafCount == report.leafCount,
            ReportEvidence_NotStanding(report.epoch)
        );
        uint256 finalAt = uint256(standing.minedAt) + ORACLE.disputeWindow();
        require(block.timestamp < finalAt, ReportEvidence_AlreadyFinal(report.epoch, finalAt));
        return standing.signers;
    }

    /// @dev Whose key it is, and whether that node's bond still answers for it: it was not taken since the key was named.
    function _ownerOf(address key) private view returns (address cold, bool answers) {
        uint32 generation;
        (cold, generation) = NODE_SET.nodeOf(key);
        answers = _bonds().generationOf(cold) == generation;
    }

    function _bonds() private view returns (INodeBonds) {
        return INodeBonds(NODE_SET.bonds());
    }

    function _refute(SignedReport calldata signed, address[] memory signers) private {
        emit ReportRefuted(signed.report.epoch, msg.sender, signers);
        ORACLE.drop(signed.report.epoch, signed.baseRoot);
        _bonds().slash(signers, msg.sender);
    }

    function _soleSigner(SignedReport calldata signed) private view returns (bytes32 digest, address key) {
        uint256 bytes_ = signed.signatures.length;
        require(bytes_ == Signed.RECORD_BYTES, ReportEvidence_NotAQuorum(bytes_ / Signed.RECORD_BYTES, 1));
        digest = _digest(signed);
        uint256 index;
        (index, key) = Signed.recover(digest, signed.signatures, 0);
        require(key != address(0), ReportEvidence_WrongSignature(index));
    }

    function _digest(SignedReport calldata signed) private view returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(
            Signed.domainSeparator(address(ORACLE)), Signed.structHash(signed.report, signed.baseRoot)
        );
    }

    function _prove(Leaf calldata leaf, bytes32 root) private pure {
        require(
            MerkleProof.verifyCalldata(leaf.proof, root, _hash(leaf)), ReportEvidence_WrongProof(leaf.meterId, root)
        );
    }

    /// @dev Whether somewhere on its way up the path is hashed with itself.
    function _hasTwin(Leaf calldata leaf) private pure returns (bool) {
        bytes32 node = _hash(leaf);
        for (uint256 i = 0; i < leaf.proof.length; ++i) {
            if (leaf.proof[i] == node) return true;
            node = Hashes.commutativeKeccak256(node, leaf.proof[i]);
        }
        return false;
    }

    function _hash(Leaf calldata leaf) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(leaf.meterId, leaf.reading))));
    }

    /// @dev Whether a zero base needs no proof. That a meter is absent under a root of sorted hashes cannot be shown; that its base must be
    /// zero can: there is no base report, or the lease had not started when its period ended. The contract asked is the one in the
    /// meter id. It may be anybody's and say anything: an honest root holds no meter of such a one.
    function _isNewMeter(Leaf calldata base, uint64 baseEpoch) private view returns (bool) {
        if (base.reading != 0 || base.proof.length != 0) return false;
        if (baseEpoch == 0) return true;
        if (base.meterId >> 248 != LEASE) return false;
        (bool done, bytes memory terms) = address(uint160(base.meterId >> 88))
            .staticcall(abi.encodeCall(ILeaseTerms.leaseOf, uint256(uint88(base.meterId))));
        // By hand, for what is no answer must not revert here: rate, units, start, a word each.
        if (!done || terms.length < 96) return false;
        uint256 start;
        assembly ("memory-safe") {
            start := mload(add(terms, 96))
        }
        return start <= type(uint40).max && start >= ORACLE.periodEnd(baseEpoch);
    }

    function _count(uint256 bits) private pure returns (uint256 count) {
        for (; bits != 0; bits &= bits - 1) {
            ++count;
        }
    }
}
