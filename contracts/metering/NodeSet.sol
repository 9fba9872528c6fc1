// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IMeterOracle} from "./IMeterOracle.sol";
import {INodeSet} from "./INodeSet.sol";
import {KeyBlob} from "./KeyBlob.sol";

/// @title NodeSet
/// @notice See INodeSet.
contract NodeSet is INodeSet, AccessManaged {
    uint256 private constant MIN_NODES = 4;
    uint256 private constant MAX_NODES = 31;
    uint256 private constant ROTATION_INTERVAL = 1 days;
    /// @dev A key change shows in reports this many epochs after the current one: those being signed now keep their keys.
    uint64 private constant ROTATION_LEAD = 2;

    struct Member {
        address cold;
        address hot;
        address previousHot;
        uint64 hotFrom;
        uint40 rotatedAt;
    }

    IMeterOracle private _oracle;
    uint64 private _configNumber;
    uint8 private _quorum;
    bytes32 private _configDigest;
    Member[] private _members;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc INodeSet
    function configure(address oracle, Node[] calldata nodes_, bytes32 metricsHash) external restricted {
        uint256 n = nodes_.length;
        require(n >= MIN_NODES && n <= MAX_NODES && n % 3 == 1, NodeSet_BadSize(n));
        if (address(_oracle) == address(0)) _oracle = IMeterOracle(oracle);
        require(address(_oracle) == oracle && oracle != address(0), NodeSet_WrongOracle(oracle));

        delete _members;
        address[] memory cold = new address[](n);
        for (uint256 i = 0; i < n; ++i) {
            Node calldata node = nodes_[i];
            require(node.cold != address(0) && node.hot != address(0), NodeSet_ZeroAddress(i));
            for (uint256 j = 0; j < i; ++j) {
                require(cold[j] != node.cold, NodeSet_DuplicateNode(node.cold));
            }
            _requireUnusedKey(node.hot);
            cold[i] = node.cold;
            _members.push(Member({cold: node.cold, hot: node.hot, previousHot: node.hot, hotFrom: 0, rotatedAt: 0}));
        }

        uint8 quorum_ = uint8(2 * ((n - 1) / 3) + 1);
        uint64 number = ++_configNumber;
        bytes32 digest = keccak256(abi.encode(block.chainid, oracle, cold, quorum_, number, metricsHash));
        _quorum = quorum_;
        _configDigest = digest;
        emit NodeSetConfigured(oracle, number, digest, quorum_, metricsHash, nodes_);
        _publish();
    }

    /// @inheritdoc INodeSet
    function rotate(address hot) external {
        uint256 index = _indexOf(msg.sender);
        require(hot != address(0), NodeSet_ZeroAddress(index));
        _requireUnusedKey(hot);
        Member storage member = _members[index];

        (uint256 genesis, uint256 epochLength) = (_oracle.genesis(), _oracle.epochLength());
        // Only two keys are kept for a node, so the last change must have taken effect before the next one.
        uint256 effective = genesis + member.hotFrom * epochLength;
        uint256 earliest = member.rotatedAt + ROTATION_INTERVAL;
        if (effective > earliest) earliest = effective;
        require(block.timestamp >= earliest, NodeSet_RotationTooSoon(msg.sender, earliest));
        uint64 current = uint64((block.timestamp - genesis) / epochLength);

        member.previousHot = member.hot;
        member.hot = hot;
        member.hotFrom = current + ROTATION_LEAD;
        member.rotatedAt = uint40(block.timestamp);
        emit HotKeyRotated(msg.sender, index, hot, member.hotFrom);
        _publish();
    }

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
        uint256 n = _members.length;
        list = new NodeKeys[](n);
        for (uint256 i = 0; i < n; ++i) {
            Member storage member = _members[i];
            list[i] = NodeKeys({
                cold: member.cold, hot: member.hot, previousHot: member.previousHot, hotFrom: member.hotFrom
            });
        }
    }

    function _publish() private {
        NodeKeys[] memory list = nodes();
        _oracle.setSigners(KeyBlob.write(_configDigest, list), _quorum, uint8(list.length));
    }

    function _indexOf(address cold) private view returns (uint256) {
        for (uint256 i = 0; i < _members.length; ++i) {
            if (_members[i].cold == cold) return i;
        }
        revert NodeSet_NotNode(cold);
    }

    /// @dev One key must not speak for two nodes, now or in a report still being signed with previous keys.
    function _requireUnusedKey(address hot) private view {
        for (uint256 i = 0; i < _members.length; ++i) {
            bool used = _members[i].hot == hot || _members[i].previousHot == hot;
            require(!used, NodeSet_DuplicateKey(hot));
        }
    }
}
