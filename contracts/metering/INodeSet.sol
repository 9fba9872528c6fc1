// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title The metering nodes: cold identities, hot signing keys, and the configuration digest reports are bound to
/// @notice Only a node's cold key names its hot keys: what a key signs can cost the node its bond, so no one else may choose it.
interface INodeSet {
    /// @notice A node with the two keys that matter: reports with epoch >= `hotFrom` are signed by `hot`, older ones by `previousHot`. A node that
    /// left has the zero address for a key, which signs nothing.
    struct NodeKeys {
        address cold;
        address hot;
        address previousHot;
        uint64 hotFrom;
    }

    event NodeJoined(address indexed cold, address hot);
    event NodeLeft(address indexed cold, uint64 hotFrom);
    event NodeExpelled(address indexed cold);
    event NodeSetConfigured(
        address indexed oracle,
        uint64 indexed configNumber,
        bytes32 configDigest,
        uint8 quorum,
        bytes32 metricsHash,
        NodeKeys[] nodes
    );
    event HotKeyRotated(address indexed cold, uint256 indexed index, address hot, uint64 hotFrom);

    error NodeSet_BadSize(uint256 nodes);
    error NodeSet_ZeroAddress();
    error NodeSet_DuplicateNode(address cold);
    error NodeSet_DuplicateKey(address hot);
    error NodeSet_NotJoined(address cold);
    error NodeSet_AlreadyJoined(address cold);
    error NodeSet_NotNode(address caller);
    error NodeSet_NotBonds(address caller);
    error NodeSet_RotationTooSoon(address cold, uint256 earliest);
    error NodeSet_WrongOracle(address oracle);

    /// @notice Offers the caller as a node that signs with `hot`. It signs once the issuer has configured it in; so does one that left, or was
    /// expelled, and joins again.
    function join(address hot) external;

    /// @notice Takes the caller's key away for reports two epochs ahead and later; a key that is on its way by `rotate` never comes into force.
    function leave() external;

    /// @notice Replaces the caller's hot key, at most once a day, for reports two epochs ahead and later. Called by the cold key.
    function rotate(address hot) external;

    /// @notice Installs a node set of n = 3f+1 in {4, 7, ..., 31} joined nodes with quorum 2f+1 and a new configuration digest. Issuer only.
    /// @param oracle The MeterOracle, fixed by the first call
    /// @param metricsHash The hash of the metric definitions the nodes meter by
    function configure(address oracle, address[] calldata colds, bytes32 metricsHash) external;

    /// @notice Takes the keys of slashed nodes away at once. NodeBonds only.
    function expel(address[] calldata colds) external;

    /// @notice keccak256(abi.encode(chainId, oracle, cold ids, quorum, config number, metrics hash)); hot keys are not in it.
    function configDigest() external view returns (bytes32);

    /// @notice The quorum 2f+1.
    function quorum() external view returns (uint8);

    /// @notice Every node with its keys, in index order.
    function nodes() external view returns (NodeKeys[] memory);

    /// @notice Whose key `hot` is or ever was, and how often that node had been slashed when it named it; zeros when nobody's. A key is never
    /// used twice, and a node that was slashed needs a new one: so what an old key signed costs its node one bond and no second.
    function nodeOf(address hot) external view returns (address cold, uint32 generation);

    /// @notice The members of the configuration under which the standing report of `epoch` was posted, in index order, and the epoch `above`
    /// which they are the same down from `epoch`. Empty before the first configuration.
    function membersAt(uint64 epoch) external view returns (address[] memory colds, uint64 above);

    /// @notice Whether `cold` has a key, in force or waiting to be configured in.
    function isJoined(address cold) external view returns (bool);

    /// @notice Where the nodes' bonds are; made by this contract's constructor.
    function bonds() external view returns (address);

    /// @notice The MeterOracle, once configured.
    function oracle() external view returns (address);
}
