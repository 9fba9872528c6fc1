// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Aggregate} from "../../../contracts/metering/Aggregate.sol";
import {IMeterOracle} from "../../../contracts/metering/IMeterOracle.sol";
import {IReportEvidence} from "../../../contracts/metering/IReportEvidence.sol";
import {EvidenceTest} from "../metering/EvidenceTest.sol";

/// @title A quorum that reports truly and falsely, and challengers with true evidence and with garbage
/// @notice Keeps beside the contracts what ought to stand and who ought to have been slashed. An act must succeed, fail as it must, or have
/// nothing to act on.
contract EvidenceWorld is EvidenceTest {
    enum Kind {
        Duplicate,
        Fell,
        Aggregate
    }

    uint256 private constant METERS = 5;
    uint256 private constant NODES = 4;
    uint256 private constant QUORUM = 3;

    /// @notice A report as it was made: what each named node saw, and what of it came out.
    struct Made {
        bool lie;
        Kind kind;
        uint8 where;
        bool onALie;
        uint64 base;
        uint256 finalAt;
        uint256[] meters;
        uint256[] readings;
        uint256[][] seen;
        IReportEvidence.SignedReport signed;
        address[] signers;
    }

    /// @notice Ends of the standing reports, oldest first.
    uint64[] public standing;
    uint256 public garbageAccepted;
    uint256 public truthRefused;
    mapping(address cold => uint32) public slashes;
    mapping(uint64 epoch => Made) private _made;
    uint64 private _highest;
    uint256 private _keyNumber;

    function standingCount() external view returns (uint256) {
        return standing.length;
    }

    function coldAt(uint256 i) external view returns (address) {
        return nodes[i].cold;
    }

    function generationOf(address cold) external view returns (uint32) {
        return bonds.generationOf(cold);
    }

    function contracts() external view returns (IMeterOracle) {
        return oracle;
    }

    // ------------------------------------------------------------------ //
    // Reports
    // ------------------------------------------------------------------ //

    function report(uint256 seed) public {
        _report(seed, false, Kind.Duplicate);
    }

    function lie(uint256 seed, uint256 kind) public {
        _report(seed, true, Kind(kind % 3));
    }

    function wait(uint256 time) public {
        vm.warp(block.timestamp + time % 5 hours);
    }

    /// @notice Whoever was expelled joins with a new key, and the issuer configures all in again.
    function restaff() public {
        for (uint256 i = 0; i < NODES; ++i) {
            if (nodeSet.isJoined(nodes[i].cold)) continue;
            (address hot, uint256 key) = makeAddrAndKey(string.concat("further ", vm.toString(++_keyNumber)));
            (nodes[i].hot, hotKeys[i]) = (hot, key);
            vm.prank(nodes[i].cold);
            nodeSet.join(hot);
        }
        vm.prank(issuer);
        nodeSet.configure(address(oracle), _colds(), METRICS);
    }

    // ------------------------------------------------------------------ //
    // Evidence
    // ------------------------------------------------------------------ //

    /// @notice True evidence against any lie that stands: it falls with all built on it unless it is final.
    function accuse(uint256 which) public {
        for (uint256 i = 0; i < standing.length; ++i) {
            uint256 at = (which % standing.length + i) % standing.length;
            Made storage made = _made[standing[at]];
            if (!made.lie) continue;
            bool done = _call(_evidenceAgainst(made));
            if (block.timestamp >= made.finalAt) {
                if (done) ++garbageAccepted;
                continue;
            }
            if (!done) ++truthRefused;
            else _fell(at);
            return;
        }
    }

    /// @notice What would be evidence, were the report a lie: all of it is true, and so it proves nothing.
    function accuseTheHonest(uint256 which, uint256 kind, uint256 where) public {
        Made storage made = _anyHonest(which);
        if (made.signed.report.epoch == 0) return;
        if (_call(_evidence(made, Kind(kind % 3), where % METERS))) ++garbageAccepted;
    }

    /// @notice The same with some bytes of the call altered.
    function accuseWithGarbage(uint256 which, uint256 kind, uint256 where, uint256 garbage, uint256 count) public {
        Made storage made = _anyHonest(which);
        if (made.signed.report.epoch == 0) return;
        bytes memory data = _evidence(made, Kind(kind % 3), where % METERS);
        for (uint256 i = 0; i <= count % 8; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(garbage, i)));
            // Behind the selector; half of the time only the lowest byte of a word, where the small numbers are.
            uint256 at = 4 + draw % (data.length - 4);
            if (draw >> 240 & 1 == 1) at = 4 + (at - 4) / 32 * 32 + 31;
            if (at < data.length) data[at] = bytes1(uint8(draw >> 248));
        }
        if (_call(data)) ++garbageAccepted;
    }

    /// @notice A lie with an honest report's root, signed by strangers that joined, or by too few of the signers over and over.
    function accuseByOthersSignatures(uint256 which, uint256 seed) public {
        Made storage made = _anyHonest(which);
        if (made.signed.report.epoch == 0) return;
        IReportEvidence.SignedReport memory forged = made.signed;
        IReportEvidence.Named memory named;
        named.blockHash = bytes32(seed);
        forged.report.setHash = keccak256(abi.encode(named.blockHash, named.nodes, named.roots));
        bytes32 digest = _reportDigest(forged.report, forged.baseRoot);
        forged.signatures = "";
        for (uint256 i = 0; i < QUORUM; ++i) {
            uint256 index = uint8(made.signed.signatures[65 * i]);
            (address hot, uint256 key) = makeAddrAndKey(string.concat("stranger ", vm.toString(i)));
            (address cold,) = nodeSet.nodeOf(hot);
            if (cold == address(0)) {
                vm.prank(makeAddr(string.concat("stranger's cold ", vm.toString(i))));
                nodeSet.join(hot);
            }
            // One faulty node is all that the set is to bear.
            bool own = i == 0 && seed % 2 == 1;
            forged.signatures = bytes.concat(forged.signatures, _recordWith(index, own ? hotKeys[index] : key, digest));
        }
        Leaves memory leaves = Leaves(made.meters, made.readings);
        uint256 where = seed % METERS;
        IReportEvidence.Leaf memory base = made.base == 0
            ? IReportEvidence.Leaf(made.meters[where], 0, new bytes32[](0))
            : _prove(Leaves(_made[made.base].meters, _made[made.base].readings), where);
        IReportEvidence.Leaf[] memory nothing = new IReportEvidence.Leaf[](0);
        bytes memory data =
            abi.encodeCall(IReportEvidence.wrongAggregate, (forged, named, _prove(leaves, where), base, nothing));
        if (_call(data)) ++garbageAccepted;
    }

    // ------------------------------------------------------------------ //
    // Equivocation
    // ------------------------------------------------------------------ //

    function equivocate(uint256 node, uint64 epoch, bytes32 root) public {
        node %= NODES;
        if (!nodeSet.isJoined(nodes[node].cold)) return;
        bytes memory data = _pair(node, epoch, epoch, root, hotKeys[node]);
        if (!_call(data)) ++truthRefused;
        else ++slashes[nodes[node].cold];
        // Once.
        if (_call(data)) ++garbageAccepted;
    }

    function accuseOfEquivocationFalsely(uint256 node, uint64 epoch, bytes32 root, uint256 how) public {
        node %= NODES;
        (, uint256 other) = makeAddrAndKey("nobody");
        how %= 3;
        if (how == 0) other = hotKeys[(node + 1) % NODES];
        uint64 second = how == 2 ? epoch ^ 1 : epoch;
        if (_call(_pair(node, epoch, second, root, how == 2 ? hotKeys[node] : other))) ++garbageAccepted;
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    function _report(uint256 seed, bool lying, Kind kind) private {
        for (uint256 i = 0; i < NODES; ++i) {
            if (!nodeSet.isJoined(nodes[i].cold)) return;
        }
        uint64 epoch = oracle.headEpoch();
        if (kind == Kind.Fell && epoch == 0) lying = false; // from nothing nothing falls
        uint64 base = epoch;
        epoch = _highest + 1 + uint64(seed % 2);
        uint64 due = uint64((block.timestamp - GENESIS) / L);
        if (due > epoch + 3) epoch = due - 3;
        if (block.timestamp < oracle.periodEnd(epoch) + D) vm.warp(oracle.periodEnd(epoch) + D);

        Made storage made = _made[epoch];
        made.base = base;
        made.lie = lying;
        made.kind = kind;
        made.where = uint8((seed >> 8) % METERS);
        made.onALie = base != 0 && (_made[base].lie || _made[base].onALie);
        _fill(made, seed);
        _submit(made, epoch, seed);
        standing.push(epoch);
        _highest = epoch;
    }

    /// @dev What three nodes saw and what it makes, then the lie.
    function _fill(Made storage made, uint256 seed) private {
        uint256[] memory column = new uint256[](QUORUM);
        for (uint256 i = 0; i < QUORUM; ++i) {
            made.seen.push();
        }
        for (uint256 meter = 0; meter < METERS; ++meter) {
            made.meters.push(_meter(meter + 1));
            for (uint256 i = 0; i < QUORUM; ++i) {
                column[i] = _draw(seed, i, meter);
                made.seen[i].push(column[i]);
            }
            uint256 before = made.base == 0 ? 0 : _made[made.base].readings[meter];
            made.readings.push(Aggregate.agree(before, column));
        }
        if (!made.lie) return;
        uint256 where = made.where;
        if (made.kind == Kind.Duplicate) {
            made.meters[where] = made.meters[(where + 1) % METERS];
        } else if (made.kind == Kind.Fell) {
            // The base never falls to nothing: each span adds to it.
            made.readings[where] = _made[made.base].readings[where] - (1 << 208);
        } else {
            made.readings[where] += 1 << (seed % 2 == 0 ? 160 : 64);
        }
    }

    function _submit(Made storage made, uint64 epoch, uint256 seed) private {
        IMeterOracle.Report memory statement = _report(epoch, _root(Leaves(made.meters, made.readings)), 5);
        IReportEvidence.Named memory named = _named(made);
        statement.setHash = keccak256(abi.encode(named.blockHash, named.nodes, named.roots));
        made.signed.report = statement;
        made.signed.baseRoot = made.base == 0 ? bytes32(0) : oracle.standing(made.base).root;
        uint256[] memory indices = _choose(QUORUM, NODES, seed);
        made.signed.signatures = _signedBy(statement, indices);
        for (uint256 i = 0; i < QUORUM; ++i) {
            made.signers.push(nodes[indices[i]].cold);
        }
        oracle.submit(statement, made.signed.signatures);
        made.finalAt = block.timestamp + DISPUTE;
    }

    /// @dev Small numbers, never nothing, in order.
    function _draw(uint256 seed, uint256 node, uint256 meter) private pure returns (uint256) {
        uint256 draw = uint256(keccak256(abi.encode(seed, node, meter)));
        uint256 measured = 2 + draw % 3600;
        return _reading(measured, measured - 1, measured / 2, draw >> 16 & 3, draw >> 32 & 0xFF) | (draw >> 240 & 0xF);
    }

    function _named(Made storage made) private view returns (IReportEvidence.Named memory named) {
        named.blockHash = BLOCK_HASH;
        named.nodes = new uint8[](QUORUM);
        named.roots = new bytes32[](QUORUM);
        for (uint256 i = 0; i < QUORUM; ++i) {
            named.nodes[i] = uint8(i);
            named.roots[i] = _root(_seen(made, i));
        }
    }

    /// @dev What a node saw is of every meter once, also where the report has one twice.
    function _seen(Made storage made, uint256 i) private view returns (Leaves memory leaves) {
        leaves = Leaves(new uint256[](METERS), made.seen[i]);
        for (uint256 meter = 0; meter < METERS; ++meter) {
            leaves.meters[meter] = _meter(meter + 1);
        }
    }

    function _evidenceAgainst(Made storage made) private view returns (bytes memory) {
        return _evidence(made, made.kind, made.where);
    }

    function _evidence(Made storage made, Kind kind, uint256 where) private view returns (bytes memory) {
        IReportEvidence.SignedReport memory signed = made.signed;
        Leaves memory now_ = Leaves(made.meters, made.readings);
        IReportEvidence.Leaf memory leaf = _prove(now_, where);
        if (kind == Kind.Duplicate) {
            return abi.encodeCall(IReportEvidence.duplicateMeter, (signed, leaf, _prove(now_, (where + 1) % METERS)));
        }
        IReportEvidence.Leaf memory base = made.base == 0
            ? IReportEvidence.Leaf(leaf.meterId, 0, new bytes32[](0))
            : _prove(Leaves(_made[made.base].meters, _made[made.base].readings), where);
        if (kind == Kind.Fell) return abi.encodeCall(IReportEvidence.counterFell, (signed, leaf, base));
        IReportEvidence.Leaf[] memory increments = new IReportEvidence.Leaf[](QUORUM);
        for (uint256 i = 0; i < QUORUM; ++i) {
            increments[i] = _prove(_seen(made, i), where);
        }
        return abi.encodeCall(IReportEvidence.wrongAggregate, (signed, _named(made), leaf, base, increments));
    }

    function _pair(uint256 node, uint64 epoch, uint64 secondEpoch, bytes32 root, uint256 secondKey)
        private
        view
        returns (bytes memory)
    {
        IReportEvidence.SignedReport memory first;
        IReportEvidence.SignedReport memory second;
        (first.report.epoch, first.report.root) = (epoch, root);
        (second.report.epoch, second.report.root) = (secondEpoch, ~root);
        first.signatures = _record(node, _reportDigest(first.report, 0));
        second.signatures = _recordWith(node, secondKey, _reportDigest(second.report, 0));
        return abi.encodeCall(IReportEvidence.equivocation, (first, second));
    }

    /// @dev What stands from `at` on is gone, and the signers of the one refuted are slashed if they were not since they named their keys:
    /// with keys named anew they answer for what those sign.
    function _fell(uint256 at) private {
        Made storage made = _made[standing[at]];
        for (uint256 i = 0; i < QUORUM; ++i) {
            uint256 index = uint8(made.signed.signatures[65 * i]);
            bytes32 digest = _reportDigest(made.signed.report, made.signed.baseRoot);
            if (_signedWithPresentKey(made, i, index, digest)) ++slashes[made.signers[i]];
        }
        while (standing.length > at) {
            standing.pop();
        }
    }

    function _signedWithPresentKey(Made storage made, uint256 i, uint256 index, bytes32 digest)
        private
        view
        returns (bool)
    {
        bytes memory record = _record(index, digest);
        for (uint256 j = 0; j < 65; ++j) {
            if (record[j] != made.signed.signatures[65 * i + j]) return false;
        }
        // Expelled for something else meanwhile, and not back yet: its key stays where it was in these books.
        return !_expelledBefore[made.signers[i]];
    }

    mapping(address cold => bool) private _expelledBefore;

    function _anyHonest(uint256 which) private view returns (Made storage made) {
        for (uint256 i = 0; i < standing.length; ++i) {
            made = _made[standing[(which % standing.length + i) % standing.length]];
            if (!made.lie && !made.onALie) return made;
        }
        return _made[0];
    }

    function _call(bytes memory data) private returns (bool done) {
        for (uint256 i = 0; i < NODES; ++i) {
            _expelledBefore[nodes[i].cold] = !nodeSet.isJoined(nodes[i].cold);
        }
        vm.prank(challenger);
        (done,) = address(evidence).call(data);
    }
}
