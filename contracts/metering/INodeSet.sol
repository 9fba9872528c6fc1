// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title The metering nodes: cold identities, hot signing keys, and the configuration digest reports are bound to
interface INodeSet {
    /// @param cold The node's identity; rotates its hot key, holds nothing else
    /// @param hot The key that signs observations and reports
    struct Node {
        address cold;
        address hot;
    }

    /// @notice A node with the two keys that matter: reports with epoch >= `hotFrom` are signed by `hot`, older ones by `previousHot`.
    struct NodeKeys {
        address cold;
        address hot;
        address previousHot;
        uint64 hotFrom;
    }

    event NodeSetConfigured(
        address indexed oracle,
        uint64 indexed configNumber,
        bytes32 configDigest,
        uint8 quorum,
        bytes32 metricsHash,
        Node[] nodes
    );
    event HotKeyRotated(address indexed cold, uint256 indexed index, address hot, uint64 hotFrom);

    error NodeSet_BadSize(uint256 nodes);
    error NodeSet_ZeroAddress(uint256 index);
    error NodeSet_DuplicateNode(address cold);
    error NodeSet_DuplicateKey(address hot);
    error NodeSet_NotNode(address caller);
    error NodeSet_RotationTooSoon(address cold, uint256 earliest);
    error NodeSet_WrongOracle(address oracle);

    /// @notice Installs a node set of n = 3f+1 in {4, 7, ..., 31} with quorum 2f+1 and a new configuration digest. Issuer only.
    /// @param oracle The MeterOracle, fixed by the first call
    /// @param metricsHash The hash of the metric definitions the nodes meter by
    function configure(address oracle, Node[] calldata nodes, bytes32 metricsHash) external;

    /// @notice Replaces the caller's hot key, at most once a day, for reports two epochs ahead and later. Called by the cold key.
    function rotate(address hot) external;

    /// @notice keccak256(abi.encode(chainId, oracle, cold ids, quorum, config number, metrics hash)); hot keys are not in it.
    function configDigest() external view returns (bytes32);

    /// @notice The quorum 2f+1.
    function quorum() external view returns (uint8);

    /// @notice Every node with its keys, in index order.
    function nodes() external view returns (NodeKeys[] memory);
}
