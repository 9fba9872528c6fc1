// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IMeterOracle} from "./IMeterOracle.sol";
import {KeyBlob} from "./KeyBlob.sol";

/// @title MeterOracle
/// @notice See IMeterOracle.
/// @dev `submit` touches one head word, the key blob's code and two words of a ring: the same for three meters and for a
/// hundred thousand. It makes no external call.
contract MeterOracle is IMeterOracle, EIP712 {
    using KeyBlob for bytes;

    uint256 private constant RING = 512;
    uint256 private constant SIGNATURE_BYTES = 65;
    bytes32 private constant REPORT_TYPEHASH = keccak256(
        "Report(bytes32 configDigest,uint64 epoch,uint64 baseEpoch,bytes32 baseRoot,bytes32 root,bytes32 setHash,uint32 leafCount)"
    );

    /// @dev One slot: blob 160 | epoch 64 | quorum 8 | nodes 8.
    struct Head {
        address blob;
        uint64 epoch;
        uint8 quorum;
        uint8 nodes;
    }

    /// @dev One slot: epoch 64 | baseEpoch 64 | minedAt 40 | leafCount 32 | signers 32.
    struct Meta {
        uint64 epoch;
        uint64 baseEpoch;
        uint40 minedAt;
        uint32 leafCount;
        uint32 signers;
    }

    address private immutable NODE_SET;
    /// @inheritdoc IMeterOracle
    uint64 public immutable override genesis;
    /// @inheritdoc IMeterOracle
    uint32 public immutable override epochLength;
    /// @inheritdoc IMeterOracle
    uint32 public immutable override observationDelay;
    /// @inheritdoc IMeterOracle
    uint32 public immutable override disputeWindow;

    Head private _head;
    bytes32[RING] private _roots;
    Meta[RING] private _metas;

    /// @param nodeSet Who may replace the key blob
    /// @param genesis_ Start of epoch 0, a multiple of the epoch length
    /// @param epochLength_ L, a divisor of a day
    constructor(
        address nodeSet,
        uint64 genesis_,
        uint32 epochLength_,
        uint32 observationDelay_,
        uint32 disputeWindow_
    ) EIP712("Wellhead MeterOracle", "1") {
        require(
            epochLength_ != 0 && 1 days % epochLength_ == 0 && genesis_ % epochLength_ == 0 && genesis_ != 0
                // A report must be final long before the ring comes round to its place.
                && uint256(observationDelay_) + disputeWindow_ + 2 * uint256(epochLength_)
                    < 256 * uint256(epochLength_),
            MeterOracle_BadClock()
        );
        NODE_SET = nodeSet;
        genesis = genesis_;
        epochLength = epochLength_;
        observationDelay = observationDelay_;
        disputeWindow = disputeWindow_;
    }

    // ------------------------------------------------------------------ //
    // Reports
    // ------------------------------------------------------------------ //

    /// @inheritdoc IMeterOracle
    function submit(Report calldata report, bytes calldata signatures) external {
        Head memory head = _head;
        bytes memory keys = KeyBlob.load(head.blob, head.nodes);

        // Check
        bytes32 config = keys.configDigest();
        // Before the first configuration there is no quorum, and nothing may pass for one.
        require(
            report.configDigest == config && config != 0, MeterOracle_WrongConfig(config, report.configDigest)
        );
        require(report.epoch > head.epoch, MeterOracle_EpochNotNewer(head.epoch, report.epoch));
        require(report.baseEpoch == head.epoch, MeterOracle_WrongBase(head.epoch, report.baseEpoch));
        require(report.leafCount != 0, MeterOracle_NoMeters());
        uint256 opensAt = periodEnd(report.epoch) + observationDelay;
        require(block.timestamp >= opensAt, MeterOracle_TooEarly(opensAt, block.timestamp));
        uint256 closedAt = opensAt + epochLength;
        require(block.timestamp < closedAt, MeterOracle_TooLate(closedAt, block.timestamp));
        bytes32 baseRoot = head.epoch == 0 ? bytes32(0) : _roots[head.epoch % RING];
        uint32 signers = _verify(_digest(report, baseRoot), report.epoch, head, keys, signatures);

        // Effect
        _head.epoch = report.epoch;
        _roots[report.epoch % RING] = report.root;
        _metas[report.epoch % RING] = Meta({
            epoch: report.epoch,
            baseEpoch: report.baseEpoch,
            minedAt: uint40(block.timestamp),
            leafCount: report.leafCount,
            signers: signers
        });
        emit Reported(
            report.epoch,
            report.baseEpoch,
            report.configDigest,
            report.root,
            report.setHash,
            report.leafCount,
            signers
        );
    }

    /// @inheritdoc IMeterOracle
    function setSigners(address blob, uint8 quorum, uint8 nodes) external {
        require(msg.sender == NODE_SET, MeterOracle_NotNodeSet(msg.sender));
        Head storage head = _head;
        head.blob = blob;
        head.quorum = quorum;
        head.nodes = nodes;
        emit SignersSet(blob, quorum, nodes);
    }

    // ------------------------------------------------------------------ //
    // Views
    // ------------------------------------------------------------------ //

    /// @inheritdoc IMeterOracle
    function finalRoot(uint64 epoch) external view returns (bytes32) {
        uint256 finalAt = uint256(_meta(epoch).minedAt) + disputeWindow;
        require(block.timestamp >= finalAt, MeterOracle_NotFinal(epoch, finalAt));
        return _roots[epoch % RING];
    }

    /// @inheritdoc IMeterOracle
    function newestFinal() external view returns (uint64 epoch, uint64 finalAt) {
        // Reports are at least an epoch apart, so this walks no further than the dispute window reaches back.
        epoch = _head.epoch;
        while (epoch != 0) {
            Meta storage meta = _metas[epoch % RING];
            // After a silence of a whole ring, reports still disputable may stand in the place of the last one before it. That one
            // was final long ago; the latest moment it can have become so is what is left to say.
            if (meta.epoch != epoch) {
                return (epoch, uint64(periodEnd(epoch)) + epochLength + observationDelay + disputeWindow);
            }
            finalAt = uint64(meta.minedAt) + disputeWindow;
            if (block.timestamp >= finalAt) return (epoch, finalAt);
            epoch = meta.baseEpoch;
        }
        return (0, 0);
    }

    /// @inheritdoc IMeterOracle
    function headEpoch() external view returns (uint64) {
        return _head.epoch;
    }

    /// @inheritdoc IMeterOracle
    function standing(uint64 epoch) external view returns (Standing memory) {
        Meta storage meta = _meta(epoch);
        return Standing({
            root: _roots[epoch % RING],
            epoch: epoch,
            baseEpoch: meta.baseEpoch,
            minedAt: meta.minedAt,
            leafCount: meta.leafCount,
            signers: meta.signers
        });
    }

    /// @inheritdoc IMeterOracle
    function periodEnd(uint64 epoch) public view returns (uint256) {
        return uint256(genesis) + (uint256(epoch) + 1) * epochLength;
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    function _meta(uint64 epoch) private view returns (Meta storage meta) {
        meta = _metas[epoch % RING];
        require(epoch != 0 && meta.epoch == epoch, MeterOracle_UnknownReport(epoch));
    }

    function _digest(Report calldata report, bytes32 baseRoot) private view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    REPORT_TYPEHASH,
                    report.configDigest,
                    report.epoch,
                    report.baseEpoch,
                    baseRoot,
                    report.root,
                    report.setHash,
                    report.leafCount
                )
            )
        );
    }

    /// @dev Returns the bitmap of the q nodes that signed, or reverts with what is wrong with the first bad record.
    function _verify(bytes32 digest, uint64 epoch, Head memory head, bytes memory keys, bytes calldata signatures)
        private
        pure
        returns (uint32 signers)
    {
        uint256 expectedBytes = uint256(head.quorum) * SIGNATURE_BYTES;
        require(
            signatures.length == expectedBytes, MeterOracle_SignatureCount(expectedBytes, signatures.length)
        );
        uint256 nextIndex = 0;
        for (uint256 at = 0; at < expectedBytes; at += SIGNATURE_BYTES) {
            (uint256 index, address recovered) = _recover(digest, signatures[at:at + SIGNATURE_BYTES]);
            if (index < nextIndex) revert MeterOracle_SignersNotAscending(nextIndex - 1, index);
            require(index < head.nodes, MeterOracle_UnknownNode(index, head.nodes));
            address key = keys.signer(index, epoch);
            require(recovered == key, MeterOracle_WrongSigner(index, key, recovered));
            nextIndex = index + 1;
            signers |= uint32(1 << index);
        }
    }

    /// @dev Reads one record `index ++ r ++ vs`. A high s and the zero address are malformed.
    function _recover(bytes32 digest, bytes calldata record)
        private
        pure
        returns (uint256 index, address recovered)
    {
        index = uint8(record[0]);
        ECDSA.RecoverError err;
        (recovered, err,) = ECDSA.tryRecover(digest, bytes32(record[1:33]), bytes32(record[33:65]));
        require(err == ECDSA.RecoverError.NoError, MeterOracle_MalformedSignature(index));
    }
}
