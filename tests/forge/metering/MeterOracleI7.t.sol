// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IMeterOracle} from "../../../contracts/metering/IMeterOracle.sol";
import {OracleTest} from "./OracleTest.sol";

/// @title I7: fewer than q valid signatures change nothing
/// @dev A full set of q records for the next report, of which a fuzzed part is spoilt in a fuzzed way. What the oracle keeps is its
/// head, the ring and the keys; all are as before.
contract MeterOracleI7Test is OracleTest {
    enum Spoil {
        FlipABit,
        SignWithAStrangersKey,
        SignWithAnotherNodesKey,
        SignAnotherDigest,
        NameAnotherNode,
        RepeatThePreviousRecord
    }

    uint64 private constant HEAD = 5;

    function testFuzz_I7_SpoiltRecordsChangeNothing(uint256 size, uint256 seed, uint256 spoilt) public {
        uint256 n = _sizes()[size % 5];
        _deploy(n);
        _mine(HEAD);
        uint256 q = nodeSet.quorum();
        IMeterOracle.Report memory report = _due(HEAD + 1);
        uint256[] memory indices = _choose(q, n, seed);
        spoilt = bound(spoilt, 1, (1 << q) - 1);

        bytes memory signatures = _spoil(_reportDigest(report), indices, spoilt, seed);
        _assertNothingChanges(report, signatures);
    }

    function testFuzz_I7_MissingOrRepeatedRecordsChangeNothing(
        uint256 size,
        uint256 seed,
        uint256 valid,
        uint256 filled
    ) public {
        uint256 n = _sizes()[size % 5];
        _deploy(n);
        _mine(HEAD);
        uint256 q = nodeSet.quorum();
        IMeterOracle.Report memory report = _due(HEAD + 1);
        uint256[] memory signers = _choose(bound(valid, 1, q - 1), n, seed);

        // Valid records only, too few of them, padded by repeating some.
        bytes32 digest = _reportDigest(report);
        bytes memory signatures = _signedBy(report, signers);
        filled = bound(filled, 0, q - signers.length);
        for (uint256 i = 0; i < filled; ++i) {
            uint256 again = signers[uint256(keccak256(abi.encode(seed, "again", i))) % signers.length];
            signatures = bytes.concat(signatures, _record(again, digest));
        }
        _assertNothingChanges(report, signatures);
    }

    function _spoil(bytes32 digest, uint256[] memory indices, uint256 spoilt, uint256 seed)
        private
        returns (bytes memory signatures)
    {
        bytes memory previous;
        for (uint256 i = 0; i < indices.length; ++i) {
            bytes memory record = _record(indices[i], digest);
            if (spoilt >> i & 1 == 1) {
                record = _spoilOne(record, previous, digest, uint256(keccak256(abi.encode(seed, i))));
            }
            signatures = bytes.concat(signatures, record);
            previous = record;
        }
    }

    function _spoilOne(bytes memory record, bytes memory previous, bytes32 digest, uint256 draw)
        private
        returns (bytes memory)
    {
        uint256 index = uint8(record[0]);
        uint256 n = hotKeys.length;
        uint256 other = (index + 1 + (draw >> 8) % (n - 1)) % n;
        Spoil how = Spoil(draw % 6);
        if (how == Spoil.RepeatThePreviousRecord && previous.length != 0) return previous;
        if (how == Spoil.SignWithAStrangersKey) {
            (, uint256 key) = makeAddrAndKey("stranger");
            return _recordWith(index, key, digest);
        }
        if (how == Spoil.SignWithAnotherNodesKey) return _recordWith(index, hotKeys[other], digest);
        if (how == Spoil.SignAnotherDigest) return _record(index, keccak256(abi.encode(digest, draw)));
        if (how == Spoil.NameAnotherNode) {
            record[0] = bytes1(uint8(other));
            return record;
        }
        uint256 bit = (draw >> 8) % (65 * 8);
        record[bit / 8] ^= bytes1(uint8(1 << bit % 8));
        return record;
    }

    function _assertNothingChanges(IMeterOracle.Report memory report, bytes memory signatures) private {
        bytes32 before = _state();
        (bool done,) = address(oracle).call(abi.encodeCall(oracle.submit, (report, signatures)));
        assertFalse(done, "accepted");
        assertEq(_state(), before, "state");
        vm.expectRevert(abi.encodeWithSelector(IMeterOracle.MeterOracle_UnknownReport.selector, report.epoch));
        oracle.standing(report.epoch);

        // The same report with a quorum's records passes: nothing but the signatures was wrong.
        oracle.submit(report, _signedBy(report, _range(0, nodeSet.quorum())));
        assertEq(oracle.headEpoch(), report.epoch, "head");
    }

    function _state() private view returns (bytes32) {
        return keccak256(abi.encode(oracle.headEpoch(), oracle.standing(HEAD), nodeSet.configDigest(), nodeSet.nodes()));
    }
}
