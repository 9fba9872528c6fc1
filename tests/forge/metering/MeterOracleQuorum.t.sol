// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IMeterOracle} from "../../../contracts/metering/IMeterOracle.sol";
import {MeterOracle} from "../../../contracts/metering/MeterOracle.sol";
import {OracleTest} from "./OracleTest.sol";

/// @title Whose signatures make a report, and whose do not
/// @dev submit, records checked one by one
/// ├── not exactly q x 65 bytes → SignatureCount
/// ├── a record does not decode to an address (high s, r of no point) → MalformedSignature
/// ├── an index not above the one before → SignersNotAscending
/// ├── an index not below n → UnknownNode
/// ├── an address that is not the node's key for the epoch → WrongSigner
/// └── otherwise → the report stands
contract MeterOracleQuorumTest is OracleTest {
    uint256 private constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    uint64 private constant EPOCH = 5;

    // ------------------------------------------------------------------ //
    // A quorum
    // ------------------------------------------------------------------ //

    function testFuzz_AnyQuorumOfAnySizeRecordsAReport(uint256 size, uint256 seed, address poster) public {
        uint256 n = _sizes()[size % 5];
        _deploy(n);
        uint256[] memory indices = _choose(nodeSet.quorum(), n, seed);
        IMeterOracle.Report memory report = _due(EPOCH);
        bytes memory signatures = _signedBy(report, indices);
        uint32 signers = 0;
        for (uint256 i = 0; i < indices.length; ++i) {
            signers |= uint32(1 << indices[i]);
        }

        vm.expectEmit(address(oracle));
        emit IMeterOracle.Reported(EPOCH, 0, report.configDigest, ROOT, report.setHash, LEAVES, signers);
        vm.prank(poster);
        oracle.submit(report, signatures);

        IMeterOracle.Standing memory expected = IMeterOracle.Standing({
            root: ROOT,
            epoch: EPOCH,
            baseEpoch: 0,
            minedAt: uint40(block.timestamp),
            leafCount: LEAVES,
            signers: signers
        });
        assertEq(abi.encode(oracle.standing(EPOCH)), abi.encode(expected), "standing");
        assertEq(oracle.headEpoch(), EPOCH, "head");
    }

    function test_RevertWhen_FewerThanAQuorumSigned() public {
        for (uint256 i = 0; i < 5; ++i) {
            _deploy(_sizes()[i]);
            uint256 q = nodeSet.quorum();
            IMeterOracle.Report memory report = _due(EPOCH);
            _refuseCount(report, _signedBy(report, _range(0, q - 1)));
            _refuseCount(report, "");
        }
    }

    function test_RevertWhen_MoreThanAQuorumSigned() public {
        IMeterOracle.Report memory report = _due(EPOCH);
        _refuseCount(report, _signedBy(report, _range(0, 4)));
    }

    function test_RevertWhen_SignaturesAreAByteShortOrLong() public {
        IMeterOracle.Report memory report = _due(EPOCH);
        bytes memory signatures = _signedBy(report, _range(0, 3));
        _refuseCount(report, bytes.concat(signatures, hex"00"));
        assembly ("memory-safe") {
            mstore(signatures, sub(mload(signatures), 1))
        }
        _refuseCount(report, signatures);
    }

    // ------------------------------------------------------------------ //
    // Who signed
    // ------------------------------------------------------------------ //

    function test_RevertWhen_ANodeSignedTwice() public {
        _refuseOrder([uint256(0), 0, 1], 0, 0);
        _refuseOrder([uint256(0), 2, 2], 2, 2);
    }

    function test_RevertWhen_SignersAreUnordered() public {
        _refuseOrder([uint256(1), 0, 2], 1, 0);
        _refuseOrder([uint256(0), 3, 1], 3, 1);
    }

    function test_RevertWhen_ARecordNamesANodeThatIsNot() public {
        IMeterOracle.Report memory report = _due(EPOCH);
        bytes32 digest = _reportDigest(report);
        uint256[2] memory outside = [uint256(4), 255];
        for (uint256 i = 0; i < outside.length; ++i) {
            bytes memory signatures =
                bytes.concat(_record(0, digest), _record(1, digest), _recordWith(outside[i], hotKeys[3], digest));
            vm.expectRevert(abi.encodeWithSelector(IMeterOracle.MeterOracle_UnknownNode.selector, outside[i], 4));
            oracle.submit(report, signatures);
        }
    }

    function test_RevertWhen_ANonMemberSignedForANode() public {
        (address stranger, uint256 key) = makeAddrAndKey("stranger");
        IMeterOracle.Report memory report = _due(EPOCH);
        bytes32 digest = _reportDigest(report);
        bytes memory signatures = bytes.concat(_record(0, digest), _recordWith(1, key, digest), _record(2, digest));
        _expectWrongSigner(1, stranger);
        oracle.submit(report, signatures);
    }

    function test_RevertWhen_AMemberSignedForAnother() public {
        IMeterOracle.Report memory report = _due(EPOCH);
        bytes32 digest = _reportDigest(report);
        bytes memory signatures =
            bytes.concat(_record(0, digest), _record(1, digest), _recordWith(2, hotKeys[3], digest));
        _expectWrongSigner(2, vm.addr(hotKeys[3]));
        oracle.submit(report, signatures);
    }

    // ------------------------------------------------------------------ //
    // Malformed signatures
    // ------------------------------------------------------------------ //

    /// @dev The lowest s that is too high still fits the 255 bits a compact signature leaves it.
    function test_RevertWhen_SIsHigh() public {
        _refuseMalformed(bytes32(uint256(1)), bytes32(ORDER / 2 + 1));
    }

    function test_RevertWhen_SignatureRecoversNobody() public {
        _refuseMalformed(0, bytes32(uint256(1)));
        _refuseMalformed(bytes32(uint256(1)), 0);
        _refuseMalformed(bytes32(ORDER), bytes32(uint256(1)));
    }

    /// @dev The other signature everybody can compute from a good one. In compact form its s loses the bit that says v.
    function test_RevertWhen_ASignatureIsReplacedByItsMirrorImage() public {
        IMeterOracle.Report memory report = _due(EPOCH);
        bytes32 digest = _reportDigest(report);
        (, bytes32 r, bytes32 s) = vm.sign(hotKeys[0], digest);
        uint256 mirrored = ORDER - uint256(s);
        address recovered = ecrecover(digest, 28, r, bytes32(mirrored & type(uint256).max >> 1));
        bytes memory signatures =
            bytes.concat(abi.encodePacked(uint8(0), r, mirrored), _record(1, digest), _record(2, digest));
        _expectWrongSigner(0, recovered);
        oracle.submit(report, signatures);
    }

    // ------------------------------------------------------------------ //
    // What was signed
    // ------------------------------------------------------------------ //

    function test_RevertWhen_SignedForAnotherChain() public {
        IMeterOracle.Report memory report = _due(EPOCH);
        uint256 here = block.chainid;
        vm.chainId(here + 1);
        bytes32 elsewhere = _reportDigest(report);
        vm.chainId(here);
        _refuseDigest(report, elsewhere);
    }

    function test_RevertWhen_TheChainForks() public {
        IMeterOracle.Report memory report = _due(EPOCH);
        bytes32 before = _reportDigest(report);
        vm.chainId(block.chainid + 1);
        _refuseDigest(report, before);
    }

    function test_RevertWhen_SignedForAnotherContract() public {
        IMeterOracle.Report memory report = _due(EPOCH);
        MeterOracle here = oracle;
        oracle = new MeterOracle(address(nodeSet), GENESIS, L, D, DISPUTE);
        bytes32 elsewhere = _reportDigest(report);
        oracle = here;
        _refuseDigest(report, elsewhere);
    }

    /// @dev The base root is not sent: a quorum that built on another report than the one that stands is refused by it.
    function test_RevertWhen_SignedOverAnotherBaseRoot() public {
        IMeterOracle.Report memory report = _due(EPOCH);
        uint256 fork = vm.snapshotState();
        oracle.submit(report, _signedBy(report, _range(0, 3)));
        bytes32 elsewhere = _reportDigest(_due(EPOCH + 1));
        vm.revertToState(fork);

        report.root = keccak256("another root");
        oracle.submit(report, _signedBy(report, _range(0, 3)));
        _refuseDigest(_due(EPOCH + 1), elsewhere);
    }

    function testFuzz_RevertWhen_AnyFieldIsChangedAfterSigning(uint256 field, bytes32 other) public {
        IMeterOracle.Report memory report = _due(EPOCH);
        bytes32 digest = _reportDigest(report);
        field = bound(field, 0, 2);
        if (field == 0) report.root = _different(report.root, other);
        else if (field == 1) report.setHash = _different(report.setHash, other);
        else report.leafCount = uint32(bound(uint256(other), LEAVES + 1, type(uint32).max));
        _refuseDigest(report, digest);
    }

    /// @dev The epoch is bound too: both reports are in time, one node set signs the older of them.
    function test_RevertWhen_TheEpochIsChangedAfterSigning() public {
        IMeterOracle.Report memory report = _due(EPOCH);
        bytes32 digest = _reportDigest(report);
        report = _due(EPOCH + 1);
        _refuseDigest(report, digest);
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    function _refuseCount(IMeterOracle.Report memory report, bytes memory signatures) private {
        uint256 expected = uint256(nodeSet.quorum()) * 65;
        vm.expectRevert(
            abi.encodeWithSelector(IMeterOracle.MeterOracle_SignatureCount.selector, expected, signatures.length)
        );
        oracle.submit(report, signatures);
    }

    function _refuseOrder(uint256[3] memory order, uint256 previous, uint256 index) private {
        uint256[] memory indices = new uint256[](3);
        for (uint256 i = 0; i < 3; ++i) {
            indices[i] = order[i];
        }
        IMeterOracle.Report memory report = _due(EPOCH);
        bytes memory signatures = _signedBy(report, indices);
        vm.expectRevert(abi.encodeWithSelector(IMeterOracle.MeterOracle_SignersNotAscending.selector, previous, index));
        oracle.submit(report, signatures);
    }

    function _refuseMalformed(bytes32 r, bytes32 vs) private {
        IMeterOracle.Report memory report = _due(EPOCH);
        bytes32 digest = _reportDigest(report);
        bytes memory signatures =
            bytes.concat(_record(0, digest), abi.encodePacked(uint8(1), r, vs), _record(2, digest));
        vm.expectRevert(abi.encodeWithSelector(IMeterOracle.MeterOracle_MalformedSignature.selector, 1));
        oracle.submit(report, signatures);
    }

    /// @dev A quorum's honest signatures over `signed` must not pass for the digest of `report` here.
    function _refuseDigest(IMeterOracle.Report memory report, bytes32 signed) private {
        bytes memory signatures = _signatures(signed);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(hotKeys[0], signed);
        address recovered = ecrecover(_reportDigest(report), v, r, s);
        _expectWrongSigner(0, recovered);
        oracle.submit(report, signatures);
    }

    function _different(bytes32 value, bytes32 other) private pure returns (bytes32) {
        return other == value ? ~other : other;
    }
}
