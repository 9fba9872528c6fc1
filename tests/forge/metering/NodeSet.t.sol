// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IMeterOracle} from "../../../contracts/metering/IMeterOracle.sol";
import {INodeBonds} from "../../../contracts/metering/INodeBonds.sol";
import {INodeSet} from "../../../contracts/metering/INodeSet.sol";
import {MeterOracle} from "../../../contracts/metering/MeterOracle.sol";
import {NodeSet} from "../../../contracts/metering/NodeSet.sol";
import {OracleTest} from "./OracleTest.sol";

/// @title Which nodes there are, by whose consent, and how their keys change
/// @dev join
/// ├── the caller has a key, in force or waiting → AlreadyJoined
/// ├── no key → ZeroAddress
/// ├── a key that is or ever was anybody's → DuplicateKey
/// └── otherwise → waits for the issuer
/// configure
/// ├── caller is not the issuer → AccessManagedUnauthorized
/// ├── not 3f + 1 in {4, ..., 31} → BadSize
/// ├── no oracle, or another one than the first → WrongOracle
/// ├── a cold id twice → DuplicateNode
/// ├── one that has not joined → NotJoined
/// └── otherwise → a new digest, and the oracle's signers
contract NodeSetTest is OracleTest {
    uint256 private spareKey;
    address private spare;
    address[] private nodesNow;

    function setUp() public override {
        super.setUp();
        (spare, spareKey) = makeAddrAndKey("spare");
        nodesNow = _colds();
    }

    // ------------------------------------------------------------------ //
    // Join
    // ------------------------------------------------------------------ //

    function test_AKeyIsTheCallersOnceItJoinsAndSignsOnceItIsConfiguredIn() public {
        address cold = makeAddr("newcomer");
        assertFalse(nodeSet.isJoined(cold), "before");
        vm.expectEmit(address(nodeSet));
        emit INodeSet.NodeJoined(cold, spare);
        vm.prank(cold);
        nodeSet.join(spare);
        assertTrue(nodeSet.isJoined(cold), "joined");
        assertEq(_ownerOf(spare), cold, "whose");
        assertEq(nodeSet.nodes().length, 4, "not a member yet");

        address[] memory colds = _colds();
        colds[1] = cold;
        _configure(colds);
        assertEq(nodeSet.nodes()[1].hot, spare, "hot");
        _acceptOnly(3, spareKey, hotKeys[1]);
    }

    function test_RevertWhen_JoiningTwice() public {
        vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_AlreadyJoined.selector, nodes[0].cold));
        _join(nodes[0].cold, spare);
        address cold = makeAddr("newcomer");
        _join(cold, spare);
        address next = makeAddr("next");
        vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_AlreadyJoined.selector, cold));
        _join(cold, next);
    }

    function test_RevertWhen_JoiningWithNoKey() public {
        vm.expectRevert(INodeSet.NodeSet_ZeroAddress.selector);
        nodeSet.join(address(0));
    }

    /// @dev Evidence asks whose a key was, however long ago: it can have one answer only.
    function test_RevertWhen_AKeyWasEverUsed() public {
        _rotate(1, spare);
        _leave(2);
        address[4] memory used = [nodes[0].hot, nodes[1].hot, nodes[2].hot, spare];
        for (uint256 i = 0; i < used.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_DuplicateKey.selector, used[i]));
            nodeSet.join(used[i]);
            vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_DuplicateKey.selector, used[i]));
            _rotate(3, used[i]);
            vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_DuplicateKey.selector, used[i]));
            _rotate(1, used[i]); // nor by its own node again
        }
        assertEq(_ownerOf(nodes[1].hot), nodes[1].cold, "rotated away");
        assertEq(_ownerOf(nodes[2].hot), nodes[2].cold, "left");
    }

    // ------------------------------------------------------------------ //
    // Configure
    // ------------------------------------------------------------------ //

    function test_SizesAreThreeFPlusOne() public {
        address[] memory most = _join31();
        for (uint256 n = 0; n <= 31; ++n) {
            bool good = n == 4 || n == 7 || n == 10 || n == 13 || n == 16 || n == 19 || n == 22 || n == 25 || n == 28
                || n == 31;
            address[] memory colds = _first(most, n);
            if (!good) vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_BadSize.selector, n));
            _configure(colds);
            if (!good) continue;
            assertEq(nodeSet.quorum(), 2 * n / 3 + 1, "2f + 1");
            assertEq(nodeSet.nodes().length, n, "nodes");
        }
        vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_BadSize.selector, 34));
        _configure(new address[](34));
    }

    function test_DigestBindsChainOracleColdIdsQuorumNumberAndMetrics() public {
        address[] memory colds = _first(_join31(), 7);
        INodeSet.NodeKeys[] memory keys = new INodeSet.NodeKeys[](7);
        for (uint256 i = 0; i < 7; ++i) {
            address hot = vm.addr(_keyOf(i));
            keys[i] = INodeSet.NodeKeys({cold: colds[i], hot: hot, previousHot: hot, hotFrom: 0});
        }
        // The stack's own configuration is number 1.
        for (uint64 number = 2; number < 4; ++number) {
            bytes32 digest = keccak256(abi.encode(block.chainid, address(oracle), colds, uint8(5), number, METRICS));
            vm.expectEmit(address(nodeSet));
            emit INodeSet.NodeSetConfigured(address(oracle), number, digest, 5, METRICS, keys);
            _configure(colds);
            assertEq(nodeSet.configDigest(), digest, "digest");
        }
    }

    function test_NewNodesReplaceTheOldOnesAtTheOracle() public {
        address[] memory colds = _first(_join31(), 7);
        vm.expectEmit(false, true, true, true, address(oracle));
        emit IMeterOracle.SignersSet(address(0), 5, 7);
        _configure(colds);

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

    function test_RevertWhen_ANodeHasNotJoined() public {
        address[] memory colds = _colds();
        colds[2] = makeAddr("conscript");
        vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_NotJoined.selector, colds[2]));
        _configure(colds);
        colds[2] = address(0);
        vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_NotJoined.selector, address(0)));
        _configure(colds);
    }

    function test_RevertWhen_AColdIdIsThereTwice() public {
        address[] memory colds = _colds();
        colds[3] = colds[0];
        vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_DuplicateNode.selector, colds[0]));
        _configure(colds);
    }

    function test_RevertWhen_TheOracleIsAnotherOrNone() public {
        address other = address(new MeterOracle(address(nodeSet), GENESIS, L, D, DISPUTE));
        vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_WrongOracle.selector, other));
        vm.prank(issuer);
        nodeSet.configure(other, nodesNow, METRICS);

        NodeSet fresh = new NodeSet(address(authority), bondReserve);
        _allow(address(fresh), 1, fresh.configure.selector);
        vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_WrongOracle.selector, address(0)));
        vm.prank(issuer);
        fresh.configure(address(0), nodesNow, METRICS);
    }

    function test_RevertWhen_AnyoneButTheIssuerConfigures() public {
        address[3] memory callers = [guardian, nodes[0].cold, address(this)];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, callers[i]));
            vm.prank(callers[i]);
            nodeSet.configure(address(oracle), nodesNow, METRICS);
        }
    }

    // ------------------------------------------------------------------ //
    // Leave
    // ------------------------------------------------------------------ //

    function testFuzz_ANodeThatLeavesSignsForTwoMoreEpochs(uint256 time) public {
        time = bound(time, GENESIS + L, GENESIS + 50 * L - 1);
        vm.warp(time);
        uint64 current = _epochAt(time);
        vm.expectEmit(address(nodeSet));
        emit INodeSet.NodeLeft(nodes[1].cold, current + 2);
        _leave(1);
        assertFalse(nodeSet.isJoined(nodes[1].cold), "joined");
        _accept(current);
        _accept(current + 1);
        _refuseNode1(current + 2);
        _refuseNode1(current + 3);
    }

    /// @dev Nothing an attacker signs recovers to the zero address, and a record that recovers to nothing is malformed.
    function test_NobodySignsForANodeThatLeft() public {
        vm.warp(GENESIS + 10 * L);
        _leave(1);
        IMeterOracle.Report memory report = _due(12);
        bytes32 digest = _reportDigest(report);
        bytes memory nobody = abi.encodePacked(uint8(1), bytes32(0), bytes32(uint256(1)));
        vm.expectRevert(abi.encodeWithSelector(IMeterOracle.MeterOracle_MalformedSignature.selector, 1));
        oracle.submit(report, bytes.concat(_record(0, digest), nobody, _record(2, digest)));
    }

    /// @dev A key that is on its way never comes into force; the one before it ends when that would have begun.
    function test_LeavingGivesUpARotationOnItsWay() public {
        vm.warp(GENESIS + 10 * L);
        _rotate(1, spare);
        vm.warp(GENESIS + 11 * L);
        vm.expectEmit(address(nodeSet));
        emit INodeSet.NodeLeft(nodes[1].cold, 12);
        _leave(1);
        _acceptOnly(11, hotKeys[1], spareKey);
        _refuseNode1(12);
    }

    function test_ANodeThatLeftComesBackByTheIssuersHandOnly() public {
        vm.warp(GENESIS + 10 * L);
        _leave(1);
        _join(nodes[1].cold, spare);
        assertTrue(nodeSet.isJoined(nodes[1].cold), "joined");
        _refuseNode1(12);
        _rotate(2, makeAddr("another")); // writes all keys anew, and those of node 1 are still none
        assertEq(nodeSet.nodes()[1].hot, address(0), "no key yet");
        _configure(_colds());
        assertEq(nodeSet.nodes()[1].hot, spare, "hot");
        _acceptOnly(13, spareKey, hotKeys[1]);
    }

    function test_OneThatIsNotConfiguredInTakesItsOfferBack() public {
        address cold = makeAddr("newcomer");
        _join(cold, spare);
        vm.expectEmit(address(nodeSet));
        emit INodeSet.NodeLeft(cold, 0);
        vm.prank(cold);
        nodeSet.leave();
        address[] memory colds = _colds();
        colds[0] = cold;
        vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_NotJoined.selector, cold));
        _configure(colds);
    }

    function test_RevertWhen_OneThatHasNotJoinedLeaves() public {
        vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_NotJoined.selector, tenant));
        vm.prank(tenant);
        nodeSet.leave();
        _leave(0);
        vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_NotJoined.selector, nodes[0].cold));
        _leave(0);
    }

    // ------------------------------------------------------------------ //
    // Expel
    // ------------------------------------------------------------------ //

    function test_SlashedNodesSignNothingFromThenOn() public {
        vm.warp(GENESIS + 10 * L);
        vm.expectEmit(address(nodeSet));
        emit INodeSet.NodeExpelled(nodes[1].cold);
        _slash(1);
        assertFalse(nodeSet.isJoined(nodes[1].cold), "joined");
        assertEq(_ownerOf(nodes[1].hot), nodes[1].cold, "whose key it was is not forgotten");
        _refuseNode1(10);
        _join(nodes[1].cold, spare);
        _refuseNode1(11);
        _configure(_colds());
        _acceptOnly(12, spareKey, hotKeys[1]);
    }

    /// @dev The key still in force ends with the slash, and the one on its way never comes.
    function test_ANodeSlashedWhileItRotatesSignsWithNeitherKey() public {
        vm.warp(GENESIS + 10 * L);
        _rotate(1, spare);
        _slash(1);
        _refuseNode1(10);
        _refuseNode1(11);
        (nodes[1].hot, hotKeys[1]) = (spare, spareKey);
        _refuseNode1(12);
        _refuseNode1(13);
    }

    function test_AnExpelledNodeLosesTheKeyItJoinedWith() public {
        _leave(1);
        _join(nodes[1].cold, spare);
        _slash(1);
        vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_NotJoined.selector, nodes[1].cold));
        _configure(_colds());
    }

    function test_RevertWhen_AnyoneButTheBondsExpels() public {
        address[4] memory callers = [issuer, nodes[0].cold, address(oracle), oracle.evidence()];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_NotBonds.selector, callers[i]));
            vm.prank(callers[i]);
            nodeSet.expel(nodesNow);
        }
    }

    function test_RevertWhen_AnyoneButTheNodeSetSaysThatMembersChanged() public {
        vm.expectRevert(abi.encodeWithSelector(INodeBonds.NodeBonds_NotNodeSet.selector, issuer));
        vm.prank(issuer);
        bonds.membersChanged();
    }

    // ------------------------------------------------------------------ //
    // Members
    // ------------------------------------------------------------------ //

    /// @dev Under the second and third configuration nothing was reported: the fourth is the one epochs after the first report belong to.
    function test_AnEpochBelongsToTheConfigurationItWasReportedUnder() public {
        (address[] memory none,) = new NodeSet(address(authority), bondReserve).membersAt(1);
        assertEq(none.length, 0, "before the first configuration");

        address[] memory first = _colds();
        address[] memory most = _join31();
        _mine(5);
        _configure(_first(most, 10));
        _configure(_first(most, 13));
        address[] memory second = _first(most, 4);
        _configure(second);
        delete hotKeys;
        for (uint256 i = 0; i < 4; ++i) {
            hotKeys.push(_keyOf(i));
        }
        _mine(7);
        _mine(8);
        _configure(_first(most, 31));

        for (uint64 epoch = 1; epoch <= 9; ++epoch) {
            (address[] memory colds, uint64 above) = nodeSet.membersAt(epoch);
            if (epoch <= 5) _assertMembers(colds, above, first, 0);
            else if (epoch <= 8) _assertMembers(colds, above, second, 5);
            else _assertMembers(colds, above, _first(most, 31), 8);
        }
    }

    /// @dev After a drop the head is older than it was: what was posted before it keeps its members.
    function test_ADroppedReportMovesNoOtherToAnotherConfiguration() public {
        address[] memory first = _colds();
        _mine(5);
        _mine(6);
        address[] memory second = _first(_join31(), 4);
        _configure(second);
        vm.prank(oracle.evidence());
        oracle.drop(6, 0);
        _configure(first);
        _mine(7);
        (address[] memory colds,) = nodeSet.membersAt(5);
        assertEq(colds, first, "before");
        (colds,) = nodeSet.membersAt(7);
        assertEq(colds, first, "after");
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
        nodeSet = new NodeSet(address(authority), bondReserve);
        _allow(address(nodeSet), 1, nodeSet.configure.selector);
        oracle = new MeterOracle(address(nodeSet), genesis, 1 days, D, DISPUTE);
        for (uint256 i = 0; i < 4; ++i) {
            _join(nodes[i].cold, nodes[i].hot);
        }
        _configure(_colds());

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

    /// @dev A key on its way stays on its way: nobody but the node says which keys are its.
    function test_ANewConfigurationKeepsRotations() public {
        vm.warp(GENESIS + 10 * L);
        _rotate(1, spare);
        _configure(_colds());
        assertEq(nodeSet.nodes()[1].hotFrom, 12, "from");
        _acceptOnly(11, hotKeys[1], spareKey);
        _acceptOnly(12, spareKey, hotKeys[1]);
    }

    function test_RevertWhen_AStrangerRotates() public {
        address joined = makeAddr("newcomer");
        _join(joined, makeAddr("newcomer's key"));
        address[4] memory callers = [nodes[1].hot, issuer, tenant, joined];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_NotNode.selector, callers[i]));
            vm.prank(callers[i]);
            nodeSet.rotate(spare);
        }
    }

    function test_RevertWhen_ANodeThatLeftRotates() public {
        _leave(1);
        vm.expectRevert(abi.encodeWithSelector(INodeSet.NodeSet_NotJoined.selector, nodes[1].cold));
        _rotate(1, spare);
    }

    function test_RevertWhen_RotatingToNobody() public {
        vm.expectRevert(INodeSet.NodeSet_ZeroAddress.selector);
        _rotate(1, address(0));
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    function _keyOf(uint256 index) private pure returns (uint256) {
        return uint256(keccak256(abi.encode("another hot key", index))) >> 1;
    }

    /// @dev Thirty-one nodes none of which the stack configured, joined.
    function _join31() private returns (address[] memory colds) {
        colds = new address[](31);
        for (uint256 i = 0; i < 31; ++i) {
            colds[i] = address(uint160(uint256(keccak256(abi.encode("another cold id", i)))));
            _join(colds[i], vm.addr(_keyOf(i)));
        }
    }

    function _first(address[] memory colds, uint256 n) private pure returns (address[] memory some) {
        some = new address[](n);
        for (uint256 i = 0; i < n; ++i) {
            some[i] = colds[i];
        }
    }

    function _assertMembers(address[] memory colds, uint64 above, address[] memory expected, uint64 from) private pure {
        assertEq(colds, expected, "members");
        assertEq(above, from, "above");
    }

    function _join(address cold, address hot) private {
        vm.prank(cold);
        nodeSet.join(hot);
    }

    function _leave(uint256 index) private {
        vm.prank(nodes[index].cold);
        nodeSet.leave();
    }

    function _slash(uint256 index) private {
        address[] memory colds = new address[](1);
        colds[0] = nodes[index].cold;
        vm.prank(oracle.evidence());
        bonds.slash(colds, tenant);
    }

    function _configure(address[] memory colds) private {
        vm.prank(issuer);
        nodeSet.configure(address(oracle), colds, METRICS);
    }

    function _rotate(uint256 index, address hot) private {
        vm.prank(nodes[index].cold);
        nodeSet.rotate(hot);
    }

    /// @dev A report of `epoch` signed by nodes 0, 1 and 2 counts.
    function _accept(uint64 epoch) private {
        IMeterOracle.Report memory report = _due(epoch);
        oracle.submit(report, _signedBy(report, _range(0, 3)));
    }

    /// @dev A report of `epoch` that node 1's first key signed does not count; without node 1 it does.
    function _refuseNode1(uint64 epoch) private {
        IMeterOracle.Report memory report = _due(epoch);
        bytes memory refused = _signedBy(report, _range(0, 3));
        vm.expectRevert(
            abi.encodeWithSelector(IMeterOracle.MeterOracle_WrongSigner.selector, 1, address(0), nodes[1].hot)
        );
        oracle.submit(report, refused);
        bytes32 digest = _reportDigest(report);
        oracle.submit(report, bytes.concat(_record(0, digest), _record(2, digest), _record(3, digest)));
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

    function _ownerOf(address hot) private view returns (address cold) {
        (cold,) = nodeSet.nodeOf(hot);
    }
}
