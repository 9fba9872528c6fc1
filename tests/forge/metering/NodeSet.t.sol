// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IMeterOracle} from "../../../contracts/metering/IMeterOracle.sol";
import {INodeSet} from "../../../contracts/metering/INodeSet.sol";
import {MeterOracle} from "../../../contracts/metering/MeterOracle.sol";
import {NodeSet} from "../../../contracts/metering/NodeSet.sol";
import {OracleTest} from "./OracleTest.sol";

/// @title Which nodes there are, and how their keys change
/// @dev configure
/// ├── caller is not the issuer → AccessManagedUnauthorized
/// ├── not 3f + 1 in {4, ..., 31} → BadSize
/// ├── no oracle, or another one than the first → WrongOracle
/// ├── a zero address → ZeroAddress
/// ├── a cold id twice → DuplicateNode
/// ├── a hot key twice → DuplicateKey
/// └── otherwise → a new digest, and the oracle's signers
contract NodeSetTest is OracleTest {
    bytes32 private constant METRICS = keccak256("metric definitions");

    uint256 private spareKey;
    address private spare;

    function setUp() public override {
        super.setUp();
        (spare, spareKey) = makeAddrAndKey("spare");
    }

    // ------------------------------------------------------------------ //
    // Configure
    // ------------------------------------------------------------------ //

    function test_SizesAreThreeFPlusOne() public {
        for (uint256 n = 0; n <= 40; ++n) {
            bool good = n == 4 || n == 7 || n == 10 || n == 13 || n == 16 || n == 19 || n == 22 || n == 25 || n == 28
                || n == 31;
            INodeSet.Node[] memory set = _set(n);
            if (!good) vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_BadSize.selector, n));
            _configure(set);
            if (!good) continue;
            assertEq(nodeSet.quorum(), 2 * n / 3 + 1, "2f + 1");
            assertEq(nodeSet.nodes().length, n, "nodes");
        }
    }

    function test_DigestBindsChainOracleColdIdsQuorumNumberAndMetrics() public {
        // The stack's own configuration is number 1.
        for (uint64 number = 2; number < 4; ++number) {
            INodeSet.Node[] memory set = _set(7);
            address[] memory cold = new address[](7);
            for (uint256 i = 0; i < 7; ++i) {
                cold[i] = set[i].cold;
            }
            bytes32 digest = keccak256(abi.encode(block.chainid, address(oracle), cold, uint8(5), number, METRICS));
            vm.expectEmit(address(nodeSet));
            emit INodeSet.NodeSetConfigured(address(oracle), number, digest, 5, METRICS, set);
            _configure(set);
            assertEq(nodeSet.configDigest(), digest, "digest");
        }
    }

    function test_NodesSignWithTheirHotKeysFromTheStart() public {
        INodeSet.Node[] memory set = _set(4);
        _configure(set);
        INodeSet.NodeKeys[] memory keys = nodeSet.nodes();
        for (uint256 i = 0; i < 4; ++i) {
            assertEq(keys[i].cold, set[i].cold, "cold");
            assertEq(keys[i].hot, set[i].hot, "hot");
            assertEq(keys[i].previousHot, set[i].hot, "previous");
            assertEq(keys[i].hotFrom, 0, "from");
        }
    }

    function test_NewNodesReplaceTheOldOnesAtTheOracle() public {
        INodeSet.Node[] memory set = _set(7);
        vm.expectEmit(false, true, true, true, address(oracle));
        emit IMeterOracle.SignersSet(address(0), 5, 7);
        _configure(set);

        IMeterOracle.Report memory report = _due(5);
        bytes memory old = _signedBy(report, _range(0, 5 - 1));
        vm.expectRevert(abi.encodeWithSelector(IMeterOracle.MeterOracle_SignatureCount.selector, 5 * 65, 4 * 65));
        oracle.submit(report, old);

        delete hotKeys;
        for (uint256 i = 0; i < 7; ++i) {
            hotKeys.push(_keyOf(i));
        }
        oracle.submit(report, _signedBy(report, _range(1, 5)));
        assertEq(oracle.standing(5).signers, 0x3e, "signers");
    }

    function test_RevertWhen_ANodeHasNoColdOrNoHotKey() public {
        INodeSet.Node[] memory set = _set(4);
        set[2].cold = address(0);
        vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_ZeroAddress.selector, 2));
        _configure(set);

        set = _set(4);
        set[3].hot = address(0);
        vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_ZeroAddress.selector, 3));
        _configure(set);
    }

    function test_RevertWhen_AColdIdIsThereTwice() public {
        INodeSet.Node[] memory set = _set(4);
        set[3].cold = set[0].cold;
        vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_DuplicateNode.selector, set[0].cold));
        _configure(set);
    }

    function test_RevertWhen_AHotKeyIsThereTwice() public {
        INodeSet.Node[] memory set = _set(4);
        set[3].hot = set[1].hot;
        vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_DuplicateKey.selector, set[1].hot));
        _configure(set);
    }

    function test_RevertWhen_TheOracleIsAnotherOrNone() public {
        address other = address(new MeterOracle(address(nodeSet), GENESIS, L, D, DISPUTE));
        INodeSet.Node[] memory set = _set(4);
        vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_WrongOracle.selector, other));
        vm.prank(issuer);
        nodeSet.configure(other, set, METRICS);

        NodeSet fresh = new NodeSet(address(authority));
        _allow(address(fresh), 1, fresh.configure.selector);
        vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_WrongOracle.selector, address(0)));
        vm.prank(issuer);
        fresh.configure(address(0), set, METRICS);
    }

    function test_RevertWhen_AnyoneButTheIssuerConfigures() public {
        address[3] memory callers = [guardian, nodes[0].cold, address(this)];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, callers[i]));
            vm.prank(callers[i]);
            nodeSet.configure(address(oracle), nodes, METRICS);
        }
    }

    // ------------------------------------------------------------------ //
    // Rotate
    // ------------------------------------------------------------------ //

    function testFuzz_RotationShowsTwoEpochsAhead(uint256 time) public {
        time = bound(time, GENESIS, GENESIS + 50 * L - 1);
        vm.warp(time);
        uint64 current = _epochAt(time);
        bytes32 digest = nodeSet.configDigest();
        vm.expectEmit(address(nodeSet));
        emit INodeSet.HotKeyRotated(nodes[1].cold, 1, spare, current + 2);
        vm.prank(nodes[1].cold);
        nodeSet.rotate(spare);

        INodeSet.NodeKeys memory node = nodeSet.nodes()[1];
        assertEq(node.hot, spare, "hot");
        assertEq(node.previousHot, nodes[1].hot, "previous");
        assertEq(node.hotFrom, current + 2, "from");
        assertEq(nodeSet.configDigest(), digest, "hot keys are not in the digest");

        // The current epoch and the next are signed with the old key, and with no other.
        uint256 oldKey = hotKeys[1];
        if (current > 0) _acceptOnly(current, oldKey, spareKey);
        _acceptOnly(current + 1, oldKey, spareKey);
        _acceptOnly(current + 2, spareKey, oldKey);
        _acceptOnly(current + 3, spareKey, oldKey);
    }

    function test_RevertWhen_RotatingASecondTimeWithinADay() public {
        vm.warp(GENESIS + 10 * L + 1);
        _rotate(1, spare);
        uint256 earliest = block.timestamp + 1 days;
        address next = makeAddr("next");
        vm.warp(earliest - 1);
        vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_RotationTooSoon.selector, nodes[1].cold, earliest));
        _rotate(1, next);
        vm.warp(earliest);
        _rotate(1, next);
        assertEq(nodeSet.nodes()[1].previousHot, spare, "previous");
    }

    /// @dev With epochs of a day a key takes effect up to two days later, and only one change can be on its way.
    function test_RevertWhen_TheLastRotationHasNotTakenEffect() public {
        uint64 genesis = GENESIS / 1 days * 1 days;
        nodeSet = new NodeSet(address(authority));
        _allow(address(nodeSet), 1, nodeSet.configure.selector);
        oracle = new MeterOracle(address(nodeSet), genesis, 1 days, D, DISPUTE);
        vm.prank(issuer);
        nodeSet.configure(address(oracle), nodes, METRICS);

        vm.warp(genesis + 10 days);
        _rotate(1, spare);
        uint256 effective = genesis + 12 days;
        address next = makeAddr("next");
        vm.warp(effective - 1);
        vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_RotationTooSoon.selector, nodes[1].cold, effective));
        _rotate(1, next);
        vm.warp(effective);
        _rotate(1, next);
        assertEq(nodeSet.nodes()[1].hot, next, "hot");
    }

    /// @dev There is no epoch yet that the new key could count from.
    function test_RevertWhen_RotatingBeforeGenesis() public {
        vm.warp(GENESIS - 1);
        vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_RotationTooSoon.selector, nodes[1].cold, GENESIS));
        _rotate(1, spare);
        vm.warp(GENESIS);
        _rotate(1, spare);
        assertEq(nodeSet.nodes()[1].hotFrom, 2, "from");
    }

    function test_NodesRotateIndependently() public {
        _rotate(1, spare);
        address other = makeAddr("other spare");
        _rotate(2, other);
        assertEq(nodeSet.nodes()[1].hot, spare, "node 1");
        assertEq(nodeSet.nodes()[2].hot, other, "node 2");
    }

    function test_ANewConfigurationForgetsRotations() public {
        _rotate(1, spare);
        _configure(_set(4));
        assertEq(nodeSet.nodes()[1].hotFrom, 0, "from");
        vm.prank(_set(4)[1].cold);
        nodeSet.rotate(spare);
        assertEq(nodeSet.nodes()[1].hot, spare, "rotated on the same day");
    }

    function test_RevertWhen_AStrangerRotates() public {
        address[3] memory callers = [nodes[1].hot, issuer, tenant];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_NotNode.selector, callers[i]));
            vm.prank(callers[i]);
            nodeSet.rotate(spare);
        }
    }

    function test_RevertWhen_RotatingToNobody() public {
        vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_ZeroAddress.selector, 1));
        _rotate(1, address(0));
    }

    /// @dev A key must not speak for two nodes: not one in use, nor one that still signs reports of the last epochs.
    function test_RevertWhen_RotatingToAKeyInUse() public {
        _rotate(1, spare);
        address[4] memory used = [nodes[0].hot, nodes[2].hot, spare, nodes[1].hot];
        for (uint256 i = 0; i < used.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_DuplicateKey.selector, used[i]));
            _rotate(2, used[i]);
        }
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    function _keyOf(uint256 index) private pure returns (uint256) {
        return uint256(keccak256(abi.encode("another hot key", index))) >> 1;
    }

    /// @dev Nodes none of which the stack configured.
    function _set(uint256 n) private pure returns (INodeSet.Node[] memory set) {
        set = new INodeSet.Node[](n);
        for (uint256 i = 0; i < n; ++i) {
            address cold = address(uint160(uint256(keccak256(abi.encode("another cold id", i)))));
            set[i] = INodeSet.Node({cold: cold, hot: vm.addr(_keyOf(i))});
        }
    }

    function _configure(INodeSet.Node[] memory set) private {
        vm.prank(issuer);
        nodeSet.configure(address(oracle), set, METRICS);
    }

    function _rotate(uint256 index, address hot) private {
        vm.prank(nodes[index].cold);
        nodeSet.rotate(hot);
    }

    /// @dev Node 1's record counts in a report of `epoch` with `good`, and not with `bad`.
    function _acceptOnly(uint64 epoch, uint256 good, uint256 bad) private {
        IMeterOracle.Report memory report = _due(epoch);
        bytes32 digest = _reportDigest(report);
        bytes memory refused = bytes.concat(_record(0, digest), _recordWith(1, bad, digest), _record(2, digest));
        vm.expectRevert(
            abi.encodeWithSelector(IMeterOracle.MeterOracle_WrongSigner.selector, 1, vm.addr(good), vm.addr(bad))
        );
        oracle.submit(report, refused);
        oracle.submit(report, bytes.concat(_record(0, digest), _recordWith(1, good, digest), _record(2, digest)));
        assertEq(oracle.headEpoch(), epoch, "head");
    }
}
