// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMeterOracle} from "./IMeterOracle.sol";
import {INodeSet} from "./INodeSet.sol";
import {KeyBlob} from "./KeyBlob.sol";
import {ReportEvidence} from "./ReportEvidence.sol";
import {SignedReport} from "./SignedReport.sol";

/// @title MeterOracle
/// @notice See IMeterOracle.
/// @dev `submit` touches one head word, the key blob's code and two words of a ring: the same for three meters and for a
/// hundred thousand. It makes no external call.
contract MeterOracle is IMeterOracle, EIP712 {
    using KeyBlob for bytes;

    uint256 private constant RING = 512;

    /// @dev One slot: blob 160 | epoch 64 | latest 16 | quorum 8 | nodes 8. `latest` is what remains to know of a report that was dropped:
    /// the low bits of the highest epoch ever posted. It is enough, since only one epoch can be mined at any moment, and that one is
    /// not below the highest posted: it was posted before if the two are equal. Should no report come for 65,536 epochs, the next is
    /// taken for it and refused, and the one after is not.
    struct Head {
        address blob;
        uint64 epoch;
        uint16 latest;
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
    address public immutable override evidence;
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
    constructor(address nodeSet, uint64 genesis_, uint32 epochLength_, uint32 observationDelay_, uint32 disputeWindow_)
        EIP712(SignedReport.NAME, SignedReport.VERSION)
    {
        require(
            epochLength_ != 0 && 1 days % epochLength_ == 0 && genesis_ % epochLength_ == 0 && genesis_ != 0
                // A report must be final long before the ring comes round to its place.
                && uint256(observationDelay_) + disputeWindow_ + 2 * uint256(epochLength_)
                    < 256 * uint256(epochLength_),
            MeterOracle_BadClock()
        );
        NODE_SET = nodeSet;
        evidence = address(new ReportEvidence(this, INodeSet(nodeSet)));
        genesis = genesis_;
        epochLength = epochLength_;
        observationDelay = observationDelay_;
        disputeWindow = disputeWindow_;
    }

    // ------------------------------------------------------------------ //
    // Reports
    // ------------------------------------------------------------------ //

    /// @inheritdoc IMeterOracle
    function submit(Report memory report, bytes calldata signatures) external {
        Head memory head = _head;
        bytes memory keys = KeyBlob.load(head.blob, head.nodes);

        // Check
        bytes32 config = keys.configDigest();
        // Before the first configuration there is no quorum, and nothing may pass for one.
        require(report.configDigest == config && config != 0, MeterOracle_WrongConfig(config, report.configDigest));
        require(
            report.epoch > head.epoch && uint16(report.epoch) != head.latest,
            MeterOracle_EpochNotNewer(head.epoch, report.epoch)
        );
        require(report.baseEpoch == head.epoch, MeterOracle_WrongBase(head.epoch, report.baseEpoch));
        require(report.leafCount != 0, MeterOracle_NoMeters());
        uint256 opensAt = periodEnd(report.epoch) + observationDelay;
        require(block.timestamp >= opensAt, MeterOracle_TooEarly(opensAt, block.timestamp));
        uint256 closedAt = opensAt + epochLength;
        require(block.timestamp < closedAt, MeterOracle_TooLate(closedAt, block.timestamp));
        bytes32 baseRoot = head.epoch == 0 ? bytes32(0) : _roots[head.epoch % RING];
        uint32 signers =
            _verify(_hashTypedDataV4(SignedReport.structHash(report, baseRoot)), report.epoch, head, keys, signatures);

        // Effect
        head.epoch = report.epoch;
        head.latest = uint16(report.epoch);
        _writeHead(head);
        _roots[report.epoch % RING] = report.root;
        _write(_metas[report.epoch % RING], report, signers);
        emit Reported(
            report.epoch, report.baseEpoch, report.configDigest, report.root, report.setHash, report.leafCount, signers
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

    /// @inheritdoc IMeterOracle
    function drop(uint64 epoch, bytes32 baseRoot) external {
        // Check
        require(msg.sender == evidence, MeterOracle_NotEvidence(msg.sender));
        uint256 finalAt = uint256(_meta(epoch).minedAt) + disputeWindow;
        require(block.timestamp < finalAt, MeterOracle_AlreadyFinal(epoch, finalAt));

        // Effect
        Head memory head = _head;
        // Down to `epoch` from the newest: what is built on it was mined after it, each report at least an epoch after its base, so the
        // dispute window bounds how many there are, and all of them still have their places.
        uint64 dropped;
        do {
            dropped = head.epoch;
            head.epoch = _metas[dropped % RING].baseEpoch;
            delete _roots[dropped % RING];
            delete _metas[dropped % RING];
        } while (dropped != epoch);
        _writeHead(head);
        _putBack(head.epoch, baseRoot);
        emit Dropped(epoch, head.epoch);
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
                return (epoch, uint64(_latestMined(epoch)) + disputeWindow);
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

    /// @dev After a silence of a whole ring the reports dropped may have taken the place of the one they were built on. Reports to come
    /// need its root; of when it was mined the latest moment is still known.
    function _putBack(uint64 epoch, bytes32 root) private {
        Meta storage meta = _metas[epoch % RING];
        if (epoch == 0 || meta.epoch == epoch) return;
        _roots[epoch % RING] = root;
        meta.epoch = epoch;
        meta.minedAt = uint40(_latestMined(epoch));
    }

    function _latestMined(uint64 epoch) private view returns (uint256) {
        return periodEnd(epoch) + epochLength + observationDelay;
    }

    /// @dev In one word, without reading it again.
    function _writeHead(Head memory head) private {
        uint256 word = uint160(head.blob) | uint256(head.epoch) << 160 | uint256(head.latest) << 224
            | uint256(head.quorum) << 240 | uint256(head.nodes) << 248;
        assembly ("memory-safe") {
            sstore(_head.slot, word)
        }
    }

    /// @dev In one word: field by field the compiler would read and write the slot five times.
    function _write(Meta storage slot, Report memory report, uint32 signers) private {
        uint256 word = report.epoch | uint256(report.baseEpoch) << 64 | block.timestamp << 128
            | uint256(report.leafCount) << 168 | uint256(signers) << 200;
        assembly ("memory-safe") {
            sstore(slot.slot, word)
        }
    }

    /// @dev Returns the bitmap of the q nodes that signed, or reverts with what is wrong with the first bad record.
    function _verify(bytes32 digest, uint64 epoch, Head memory head, bytes memory keys, bytes calldata signatures)
        private
        pure
        returns (uint32 signers)
    {
        uint256 expectedBytes = uint256(head.quorum) * SignedReport.RECORD_BYTES;
        require(signatures.length == expectedBytes, MeterOracle_SignatureCount(expectedBytes, signatures.length));
        // `if` where `require` would work out its error's arguments every time.
        for (uint256 i = 0; i < head.quorum; ++i) {
            (uint256 index, address recovered) = SignedReport.recover(digest, signatures, i);
            if (recovered == address(0)) revert MeterOracle_MalformedSignature(index);
            // Ascending: no bit is set at or above this one.
            if (signers >> index != 0) revert MeterOracle_SignersNotAscending(Math.log2(signers), index);
            if (index >= head.nodes) revert MeterOracle_UnknownNode(index, head.nodes);
            address key = keys.signer(index, epoch);
            if (recovered != key) revert MeterOracle_WrongSigner(index, key, recovered);
            signers |= uint32(1 << index);
        }
    }
}
