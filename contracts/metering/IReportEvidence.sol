// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IMeterOracle} from "./IMeterOracle.sol";

/// @title Proofs that a report is false, or that a node signed two
/// @notice Every proof stands on its own: signatures are verified again and their keys looked up in NodeSet, which never forgets whose a key was.
/// Whoever calls is the challenger, and gets 20 % of the bonds.
/// @dev A challenger who sends a proof where others can read it first may find that one of them sent it before him, in his own name. Nothing
/// here prevents that: the report falls and the bonds are lost whoever is paid for it, and who wants to be sure of the reward sends his
/// transaction by a private way. Nodes that refute themselves get 20 % back and lose the rest. Prevented is any proof against a report that
/// is true, a second reward for one report, and a second reward for one key's equivocations.
///
/// What leaves no proof: observations that the nodes named but show nobody, a meter left out, and a lie that the named observations agree on.
interface IReportEvidence {
    /// @notice A report as it was signed. `signatures` are records of 65 bytes, `index ++ r ++ vs`, as for `submit`.
    struct SignedReport {
        IMeterOracle.Report report;
        bytes32 baseRoot;
        bytes signatures;
    }

    /// @notice A leaf and its siblings up to a root.
    struct Leaf {
        uint256 meterId;
        uint256 reading;
        bytes32[] proof;
    }

    /// @notice What a report's set hash commits to: keccak256(abi.encode(blockHash, nodes, roots)).
    struct Named {
        bytes32 blockHash;
        uint8[] nodes;
        bytes32[] roots;
    }

    /// @notice `slashed` are the signers, less those whose bond was taken already since they named the key they signed with.
    event ReportRefuted(uint64 indexed epoch, address indexed challenger, address[] slashed);
    event EquivocationProven(
        uint64 indexed epoch, address indexed cold, address indexed challenger, bytes32 first, bytes32 second
    );

    error ReportEvidence_AlreadyFinal(uint64 epoch, uint256 finalAt);
    error ReportEvidence_NotStanding(uint64 epoch);
    error ReportEvidence_WrongSignature(uint256 index);
    error ReportEvidence_NotAQuorum(uint256 signatures, uint256 quorum);
    error ReportEvidence_WrongProof(uint256 meterId, bytes32 root);
    error ReportEvidence_WrongSet(bytes32 expected, bytes32 actual);
    error ReportEvidence_WrongLeafCount(uint256 expected, uint256 actual);
    error ReportEvidence_AlreadySlashed(address cold);
    error ReportEvidence_NothingProven();

    /// @notice One meter stands twice under the root. Drops the report and all built on it, slashes its signers.
    /// @dev The three that drop want the signatures of the very nodes that signed what stands, as `submit` got them.
    /// @param second May be the same as `first` when the path shows that it stands twice: a hash on it is its own sibling
    function duplicateMeter(SignedReport calldata signed, Leaf calldata first, Leaf calldata second) external;

    /// @notice A counter is below its named base. Drops and slashes as `duplicateMeter`.
    /// @param base The meter's leaf under the report's base root
    function counterFell(SignedReport calldata signed, Leaf calldata leaf, Leaf calldata base) external;

    /// @notice A reading is not base + lower median of the named observations. Drops and slashes as `duplicateMeter`.
    /// @param base The meter's leaf under the base root; an empty proof and a zero reading for a lease that had not started when the base
    /// report's period ended, or when there is no base report
    /// @param increments The meter's leaf under each named observation root, in their order
    function wrongAggregate(
        SignedReport calldata signed,
        Named calldata named,
        Leaf calldata leaf,
        Leaf calldata base,
        Leaf[] calldata increments
    ) external;

    /// @notice One key signed two reports of one epoch, posted or not. Slashes its node, drops nothing. It works as long as there is a bond to
    /// take, also one that is unbonding, and once for each generation of a node: a key is of the generation it was registered in.
    /// @param first With one signature record
    /// @param second With one signature record of the same key
    function equivocation(SignedReport calldata first, SignedReport calldata second) external;
}
