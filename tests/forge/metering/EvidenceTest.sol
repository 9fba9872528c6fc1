// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IMeterOracle} from "../../../contracts/metering/IMeterOracle.sol";
import {IReportEvidence} from "../../../contracts/metering/IReportEvidence.sol";
import {Merkle} from "../support/Merkle.sol";
import {OracleTest} from "./OracleTest.sol";

/// @title What the tests of evidence share: reports with whole trees under them, posted by a quorum, and the proofs out of them
abstract contract EvidenceTest is OracleTest {
    uint64 internal constant BASE_EPOCH = 5;
    uint64 internal constant EPOCH = 6;
    bytes32 internal constant BLOCK_HASH = keccak256("block");

    IReportEvidence internal evidence;
    address internal challenger = makeAddr("challenger");

    /// @notice Leaves as they go into a tree: some meters and what is said of them.
    struct Leaves {
        uint256[] meters;
        uint256[] readings;
    }

    function setUp() public virtual override {
        super.setUp();
        _wire();
    }

    function _wire() internal {
        evidence = IReportEvidence(oracle.evidence());
    }

    // ------------------------------------------------------------------ //
    // Trees
    // ------------------------------------------------------------------ //

    /// @notice `count` meters of unlisted leases, with readings made of their number and `salt`.
    function _leaves(uint256 count, uint256 salt) internal view returns (Leaves memory leaves) {
        leaves = Leaves({meters: new uint256[](count), readings: new uint256[](count)});
        for (uint256 i = 0; i < count; ++i) {
            leaves.meters[i] = _meter(i + 1);
            leaves.readings[i] = _some(i, salt);
        }
    }

    /// @notice A reading whose counters are in order and grow with `salt`.
    function _some(uint256 i, uint256 salt) internal pure returns (uint256) {
        return _reading((100 + i) * salt, (90 + i) * salt, (80 + i) * salt, salt, 7 * salt) | 1;
    }

    function _meter(uint256 number) internal view returns (uint256) {
        return uint256(1) << 248 | uint256(uint160(address(leases))) << 88 | number;
    }

    function _tree(Leaves memory leaves) internal pure returns (bytes32[] memory) {
        bytes32[] memory hashes = new bytes32[](leaves.meters.length);
        for (uint256 i = 0; i < hashes.length; ++i) {
            hashes[i] = Merkle.leaf(leaves.meters[i], leaves.readings[i]);
        }
        return Merkle.tree(hashes);
    }

    function _root(Leaves memory leaves) internal pure returns (bytes32) {
        return _tree(leaves)[0];
    }

    /// @notice The i-th leaf with its path.
    function _prove(Leaves memory leaves, uint256 i) internal pure returns (IReportEvidence.Leaf memory) {
        return IReportEvidence.Leaf({
            meterId: leaves.meters[i],
            reading: leaves.readings[i],
            proof: Merkle.proof(_tree(leaves), Merkle.leaf(leaves.meters[i], leaves.readings[i]))
        });
    }

    // ------------------------------------------------------------------ //
    // Reports
    // ------------------------------------------------------------------ //

    /// @notice Warps to when a report of `epoch` may be mined, has the first q nodes sign it, and posts it.
    function _plant(uint64 epoch, bytes32 root, bytes32 setHash)
        internal
        returns (IReportEvidence.SignedReport memory signed)
    {
        signed = _sign(_due(epoch), root, setHash);
        oracle.submit(signed.report, signed.signatures);
    }

    function _plant(uint64 epoch, bytes32 root) internal returns (IReportEvidence.SignedReport memory) {
        return _plant(epoch, root, keccak256("set"));
    }

    function _sign(IMeterOracle.Report memory report, bytes32 root, bytes32 setHash)
        internal
        view
        returns (IReportEvidence.SignedReport memory signed)
    {
        report.root = root;
        report.setHash = setHash;
        signed.report = report;
        signed.baseRoot = report.baseEpoch == 0 ? bytes32(0) : oracle.standing(report.baseEpoch).root;
        signed.signatures = _signatures(_reportDigest(report));
    }

    // ------------------------------------------------------------------ //
    // What happened
    // ------------------------------------------------------------------ //

    /// @notice `epoch` and all above it are gone, `base` is the newest, and each of the first q nodes was slashed `times` times.
    function _assertDropped(uint64 epoch, uint64 base, uint32 times) internal {
        assertEq(oracle.headEpoch(), base, "head");
        vm.expectRevert(abi.encodeWithSelector(IMeterOracle.MeterOracle_UnknownReport.selector, epoch));
        oracle.standing(epoch);
        _assertSlashed(times);
    }

    function _assertSlashed(uint32 times) internal view {
        uint256 q = nodeSet.quorum();
        for (uint256 i = 0; i < nodes.length; ++i) {
            assertEq(bonds.generationOf(nodes[i].cold), i < q ? times : uint32(0), "times slashed");
        }
    }

    /// @notice The report stands as it did, and nobody was slashed.
    function _assertStands(uint64 epoch) internal view {
        assertEq(oracle.headEpoch(), epoch, "head");
        assertEq(oracle.standing(epoch).epoch, epoch, "standing");
        for (uint256 i = 0; i < nodes.length; ++i) {
            assertEq(bonds.generationOf(nodes[i].cold), 0, "times slashed");
        }
    }

    function _expectNothingProven() internal {
        vm.expectRevert(IReportEvidence.ReportEvidence_NothingProven.selector);
    }

    function _expectWrongProof(uint256 meterId, bytes32 root) internal {
        vm.expectRevert(abi.encodeWithSelector(IReportEvidence.ReportEvidence_WrongProof.selector, meterId, root));
    }

    function _expectNotStanding() internal {
        vm.expectRevert(abi.encodeWithSelector(IReportEvidence.ReportEvidence_NotStanding.selector, EPOCH));
    }

    function _expectWrongSignature(uint256 index) internal {
        vm.expectRevert(abi.encodeWithSelector(IReportEvidence.ReportEvidence_WrongSignature.selector, index));
    }
}
