// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IMeterOracle} from "./IMeterOracle.sol";
import {INodeSet} from "./INodeSet.sol";
import {KeyBlob} from "./KeyBlob.sol";
import {NodeBonds} from "./NodeBonds.sol";

/// @title NodeSet
/// @notice See INodeSet.
contract NodeSet is INodeSet, AccessManaged {
    uint256 private constant MIN_NODES = 4;
    uint256 private constant MAX_NODES = 31;
    uint256 private constant ROTATION_INTERVAL = 1 days;
    /// @dev A key change shows in reports this many epochs after the current one: those being signed now keep their keys.
    uint64 private constant ROTATION_LEAD = 2;

    /// @dev A node's keys, three slots: hot 160 | hotFrom 64; previousHot 160 | rotatedAt 40; waiting 160. `waiting` is the key it joined
    /// with, until it is configured in: what was taken away from a node comes back by the issuer's hand only.
    struct Seat {
        address hot;
        uint64 hotFrom;
        address previousHot;
        uint40 rotatedAt;
        address waiting;
    }

    /// @dev One slot: whose key it is, and the generation of the bond that answers for what it signs.
    struct Owner {
        address cold;
        uint32 generation;
    }

    /// @dev The members of one configuration, and the newest standing epoch when it was made.
    struct Configuration {
        uint64 above;
        address[] colds;
    }

    NodeBonds private immutable BONDS;

    IMeterOracle private _oracle;
    uint8 private _quorum;
    bytes32 private _configDigest;
    Configuration[] private _configurations;
    mapping(address cold => Seat) private _seats;
    mapping(address hot => Owner) private _owners;

    /// @param reserve Who gets what of slashed bonds the challenger does not
    constructor(address authority, address reserve) AccessManaged(authority) {
        BONDS = new NodeBonds(this, reserve);
    }

    // ------------------------------------------------------------------ //
    // Nodes
    // ------------------------------------------------------------------ //

    /// @inheritdoc INodeSet
    function join(address hot) external {
        require(!isJoined(msg.sender), NodeSet_AlreadyJoined(msg.sender));
        _take(hot);
        _seats[msg.sender].waiting = hot;
        emit NodeJoined(msg.sender, hot);
    }

    /// @inheritdoc INodeSet
    function leave() external {
        require(isJoined(msg.sender), NodeSet_NotJoined(msg.sender));
        Seat storage seat = _seats[msg.sender];
        uint64 from = 0;
        seat.waiting = address(0);
        if (seat.hot != address(0)) {
            // Only two keys are kept: one still on its way is given up, and the one before it ends when that would have begun.
            uint64 current = _epochAt(block.timestamp);
            if (seat.hotFrom <= current) {
                seat.previousHot = seat.hot;
                seat.hotFrom = current + ROTATION_LEAD;
            }
            seat.hot = address(0);
            from = seat.hotFrom;
        }
        emit NodeLeft(msg.sender, from);
        if (_isMember(msg.sender)) _changed();
    }

    /// @inheritdoc INodeSet
    function rotate(address hot) external {
        uint256 index = _indexOf(msg.sender);
        Seat storage seat = _seats[msg.sender];
        require(seat.hot != address(0), NodeSet_NotJoined(msg.sender));
        _take(hot);

        // Only two keys are kept for a node, so the last change must have taken effect before the next one.
        uint256 effective = _oracle.genesis() + uint256(seat.hotFrom) * _oracle.epochLength();
        uint256 earliest = seat.rotatedAt + ROTATION_INTERVAL;
        if (effective > earliest) earliest = effective;
        require(block.timestamp >= earliest, NodeSet_RotationTooSoon(msg.sender, earliest));

        seat.previousHot = seat.hot;
        seat.hot = hot;
        seat.hotFrom = _epochAt(block.timestamp) + ROTATION_LEAD;
        seat.rotatedAt = uint40(block.timestamp);
        emit HotKeyRotated(msg.sender, index, hot, seat.hotFrom);
        _publish(nodes());
    }

    // ------------------------------------------------------------------ //
    // Configuration
    // ------------------------------------------------------------------ //

    /// @inheritdoc INodeSet
    function configure(address oracle_, address[] calldata colds, bytes32 metricsHash) external restricted {
        uint256 n = colds.length;
        require(n >= MIN_NODES && n <= MAX_NODES && n % 3 == 1, NodeSet_BadSize(n));
        if (address(_oracle) == address(0)) _oracle = IMeterOracle(oracle_);
        require(address(_oracle) == oracle_ && oracle_ != address(0), NodeSet_WrongOracle(oracle_));

        for (uint256 i = 0; i < n; ++i) {
            for (uint256 j = 0; j < i; ++j) {
                require(colds[j] != colds[i], NodeSet_DuplicateNode(colds[i]));
            }
            _seat(colds[i]);
        }
        _configurations.push(Configuration({above: _oracle.headEpoch(), colds: colds}));

        uint8 quorum_ = uint8(2 * ((n - 1) / 3) + 1);
        uint64 number = uint64(_configurations.length);
        bytes32 digest = keccak256(abi.encode(block.chainid, oracle_, colds, quorum_, number, metricsHash));
        _quorum = quorum_;
        _configDigest = digest;
        emit NodeSetConfigured(oracle_, number, digest, quorum_, metricsHash, nodes());
        _changed();
    }

    /// @inheritdoc INodeSet
    function expel(address[] calldata colds) external {
        require(msg.sender == address(BONDS), NodeSet_NotBonds(msg.sender));
        // Of one that only joined nothing counts yet: whoever has himself slashed must not make everybody's cover unknown.
        bool members = false;
        for (uint256 i = 0; i < colds.length; ++i) {
            members = members || _isMember(colds[i]);
            delete _seats[colds[i]];
            emit NodeExpelled(colds[i]);
        }
        if (members) _changed();
    }

    // ------------------------------------------------------------------ //
    // Views
    // ------------------------------------------------------------------ //

    /// @inheritdoc INodeSet
    function configDigest() external view returns (bytes32) {
        return _configDigest;
    }

    /// @inheritdoc INodeSet
    function quorum() external view returns (uint8) {
        return _quorum;
    }

    /// @inheritdoc INodeSet
    function nodes() public view returns (NodeKeys[] memory list) {
        if (_configurations.length == 0) return list;
        address[] memory colds = _configurations[_configurations.length - 1].colds;
        list = new NodeKeys[](colds.length);
        for (uint256 i = 0; i < colds.length; ++i) {
            Seat storage seat = _seats[colds[i]];
            list[i] = NodeKeys({cold: colds[i], hot: seat.hot, previousHot: seat.previousHot, hotFrom: seat.hotFrom});
        }
    }

    /// @inheritdoc INodeSet
    function isJoined(address cold) public view returns (bool) {
        Seat storage seat = _seats[cold];
        return seat.hot != address(0) || seat.waiting != address(0);
    }

    /// @inheritdoc INodeSet
    function nodeOf(address hot) external view returns (address cold, uint32 generation) {
        Owner storage owner = _owners[hot];
        return (owner.cold, owner.generation);
    }

    /// @inheritdoc INodeSet
    function membersAt(uint64 epoch) external view returns (address[] memory colds, uint64 above) {
        uint256 i = _configurations.length;
        while (i != 0 && _configurations[i - 1].above >= epoch) --i;
        if (i == 0) return (colds, 0);
        Configuration storage found = _configurations[i - 1];
        return (found.colds, found.above);
    }

    /// @inheritdoc INodeSet
    function bonds() external view returns (address) {
        return address(BONDS);
    }

    /// @inheritdoc INodeSet
    function oracle() external view returns (address) {
        return address(_oracle);
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    /// @dev Puts the key a node joined with into force; one that is a node already keeps its keys, also one on its way.
    function _seat(address cold) private {
        require(isJoined(cold), NodeSet_NotJoined(cold));
        Seat storage seat = _seats[cold];
        address hot = seat.waiting;
        if (hot == address(0)) return;
        _seats[cold] = Seat({hot: hot, hotFrom: 0, previousHot: hot, rotatedAt: 0, waiting: address(0)});
    }

    /// @dev One key must never speak for two nodes, nor for one again: evidence asks whose it was.
    function _take(address hot) private {
        require(hot != address(0), NodeSet_ZeroAddress());
        require(_owners[hot].cold == address(0), NodeSet_DuplicateKey(hot));
        _owners[hot] = Owner({cold: msg.sender, generation: BONDS.generationOf(msg.sender)});
    }

    /// @dev After members or their keys changed otherwise than by a rotation: what stands behind leases is no longer known.
    function _changed() private {
        NodeKeys[] memory list = nodes();
        if (list.length != 0) _publish(list);
        BONDS.membersChanged();
    }

    function _publish(NodeKeys[] memory list) private {
        _oracle.setSigners(KeyBlob.write(_configDigest, list), _quorum, uint8(list.length));
    }

    function _epochAt(uint256 time) private view returns (uint64) {
        uint256 genesis = _oracle.genesis();
        return time < genesis ? 0 : uint64((time - genesis) / _oracle.epochLength());
    }

    function _isMember(address cold) private view returns (bool) {
        return _find(cold) != type(uint256).max;
    }

    function _indexOf(address cold) private view returns (uint256 index) {
        index = _find(cold);
        require(index != type(uint256).max, NodeSet_NotNode(cold));
    }

    function _find(address cold) private view returns (uint256) {
        if (_configurations.length == 0) return type(uint256).max;
        address[] storage colds = _configurations[_configurations.length - 1].colds;
        for (uint256 i = 0; i < colds.length; ++i) {
            if (colds[i] == cold) return i;
        }
        return type(uint256).max;
    }
}
