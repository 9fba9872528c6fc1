// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title The report of a quorum: one Merkle root over every open meter's reading at an epoch's end
/// @notice Epoch e is [genesis + e L, genesis + (e+1) L). A report of it is mined in [periodEnd(e) + D, periodEnd(e+1) + D), and is final
/// once the dispute window has passed since.
interface IMeterOracle {
    /// @notice What a quorum signs, less the base root, which is filled in from storage.
    /// @param configDigest The node set's configuration digest
    /// @param epoch The epoch whose end the readings are for
    /// @param baseEpoch The newest standing report's epoch, whose readings these build on; 0 without one
    /// @param root StandardMerkleTree root over leaves (uint256 meterId, uint256 reading)
    /// @param setHash keccak256(abi.encode(blockHash, nodes, observation roots)) of the observations aggregated
    /// @param leafCount How many meters are under the root
    struct Report {
        bytes32 configDigest;
        uint64 epoch;
        uint64 baseEpoch;
        bytes32 root;
        bytes32 setHash;
        uint32 leafCount;
    }

    /// @notice A report that stands. `signers` has bit i set when node i signed; `minedAt` is Unix seconds.
    struct Standing {
        bytes32 root;
        uint64 epoch;
        uint64 baseEpoch;
        uint40 minedAt;
        uint32 leafCount;
        uint32 signers;
    }

    event Reported(
        uint64 indexed epoch,
        uint64 indexed baseEpoch,
        bytes32 configDigest,
        bytes32 root,
        bytes32 setHash,
        uint32 leafCount,
        uint32 signers
    );
    /// @notice A report of `epoch`, and every one built on it, no longer stands; the newest standing one is that of `baseEpoch`.
    event Dropped(uint64 indexed epoch, uint64 baseEpoch);
    event SignersSet(address indexed blob, uint8 quorum, uint8 nodes);

    error MeterOracle_NotNodeSet(address caller);
    error MeterOracle_WrongConfig(bytes32 expected, bytes32 actual);
    error MeterOracle_WrongBase(uint64 expected, uint64 actual);
    error MeterOracle_EpochNotNewer(uint64 head, uint64 epoch);
    error MeterOracle_TooEarly(uint256 opensAt, uint256 now_);
    error MeterOracle_TooLate(uint256 closedAt, uint256 now_);
    error MeterOracle_NoMeters();
    error MeterOracle_SignatureCount(uint256 expectedBytes, uint256 actualBytes);
    error MeterOracle_SignersNotAscending(uint256 previous, uint256 index);
    error MeterOracle_UnknownNode(uint256 index, uint256 nodes);
    error MeterOracle_MalformedSignature(uint256 index);
    error MeterOracle_WrongSigner(uint256 index, address expected, address recovered);
    error MeterOracle_UnknownReport(uint64 epoch);
    error MeterOracle_NotFinal(uint64 epoch, uint256 finalAt);
    error MeterOracle_NotEvidence(address caller);
    error MeterOracle_AlreadyFinal(uint64 epoch, uint256 finalAt);
    error MeterOracle_BadClock();

    /// @notice Records a report. Anyone may post what a quorum signed.
    /// @param signatures Exactly q records of 65 bytes, `index ++ r ++ vs` (EIP-2098), strictly ascending by node index
    function submit(Report calldata report, bytes calldata signatures) external;

    /// @notice Replaces the key blob `configDigest ++ (hot, previousHot, hotFrom) * n`. NodeSet only.
    function setSigners(address blob, uint8 quorum, uint8 nodes) external;

    /// @notice Drops a standing report that is not final, and all built on it. Their epochs are never reported again. The evidence contract only.
    /// @param baseRoot The root of the report it was built on, as signed: kept once more should those dropped have taken its place. Of a
    /// report put back so, `standing` knows the root and the latest moment it can have been mined, and nothing else.
    function drop(uint64 epoch, bytes32 baseRoot) external;

    /// @notice The contract that judges evidence against reports; made by this contract's constructor.
    function evidence() external view returns (address);

    /// @notice The root of a final report. Reverts with `UnknownReport` or `NotFinal`.
    function finalRoot(uint64 epoch) external view returns (bytes32);

    /// @notice The newest final report and the moment it became final, Unix seconds; zeros before the first. When a report not yet final
    /// has taken its place in the ring, `finalAt` is the latest moment it can have been.
    function newestFinal() external view returns (uint64 epoch, uint64 finalAt);

    /// @notice The newest standing report's epoch; 0 before the first.
    function headEpoch() external view returns (uint64);

    /// @notice The standing report of `epoch`. Reverts with `UnknownReport` when it is not among the last 512 slots.
    function standing(uint64 epoch) external view returns (Standing memory);

    /// @notice The end of `epoch`, Unix seconds: genesis + (epoch + 1) L.
    function periodEnd(uint64 epoch) external view returns (uint256);

    /// @notice Unix seconds of the start of epoch 0, a multiple of L.
    function genesis() external view returns (uint64);

    /// @notice L, the length of an epoch in seconds.
    function epochLength() external view returns (uint32);

    /// @notice D, how long nodes wait after an epoch's end before they observe, in seconds.
    function observationDelay() external view returns (uint32);

    /// @notice How long a mined report can be disputed before it is final, in seconds.
    function disputeWindow() external view returns (uint32);
}
