// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IMeterOracle} from "../../../contracts/metering/IMeterOracle.sol";
import {IReportEvidence} from "../../../contracts/metering/IReportEvidence.sol";
import {EvidenceTest} from "./EvidenceTest.sol";

/// @title Which report evidence is against, who has to have signed it, and until when it counts
/// @dev One true piece of evidence, a counter that fell, of which each test spoils what all kinds that drop have in common.
contract EvidenceSignersTest is EvidenceTest {
    IReportEvidence.SignedReport private signed;
    IReportEvidence.Leaf private leaf;
    IReportEvidence.Leaf private base;

    function setUp() public override {
        super.setUp();
        _lie();
    }

    // ------------------------------------------------------------------ //
    // The report
    // ------------------------------------------------------------------ //

    function test_TrueEvidenceDropsAndSlashes() public {
        vm.expectEmit(address(oracle));
        emit IMeterOracle.Dropped(EPOCH, BASE_EPOCH);
        _accuse();
        _assertDropped(EPOCH, BASE_EPOCH, 1);
        bonds.seize(nodes[0].cold, 0, address(usd));
        assertEq(bonds.claimable(challenger, address(usd)), NODE_BOND / 5, "whose fifth it is");
    }

    function test_RevertWhen_AFieldOfTheReportIsAltered() public {
        IReportEvidence.SignedReport memory true_ = signed;

        signed.report.configDigest ^= bytes32(uint256(1));
        _refuseSignatureAndPutBack(true_);
        signed.report.setHash ^= bytes32(uint256(1));
        _refuseSignatureAndPutBack(true_);
        signed.baseRoot ^= bytes32(uint256(1));
        _refuseSignatureAndPutBack(true_);

        signed.report.root ^= bytes32(uint256(1));
        _expectNotStanding();
        _accuseAndPutBack(true_);
        signed.report.baseEpoch -= 1;
        _expectNotStanding();
        _accuseAndPutBack(true_);
        signed.report.leafCount += 1;
        _expectNotStanding();
        _accuseAndPutBack(true_);
        signed.report.epoch += 1;
        vm.expectRevert(abi.encodeWithSelector(IMeterOracle.MeterOracle_UnknownReport.selector, EPOCH + 1));
        _accuseAndPutBack(true_);
        signed.report.epoch = BASE_EPOCH;
        vm.expectRevert(abi.encodeWithSelector(IReportEvidence.ReportEvidence_NotStanding.selector, BASE_EPOCH));
        _accuseAndPutBack(true_);

        _assertStands(EPOCH);
        _accuse(); // nothing but that was wrong with it
    }

    function test_RevertWhen_TheReportIsFinal() public {
        uint256 finalAt = block.timestamp + DISPUTE;
        vm.warp(finalAt);
        vm.expectRevert(abi.encodeWithSelector(IReportEvidence.ReportEvidence_AlreadyFinal.selector, EPOCH, finalAt));
        _accuse();
        vm.warp(finalAt - 1);
        _accuse();
        _assertDropped(EPOCH, BASE_EPOCH, 1);
    }

    function test_RevertWhen_TheReportIsAlreadyDropped() public {
        _accuse();
        vm.expectRevert(abi.encodeWithSelector(IMeterOracle.MeterOracle_UnknownReport.selector, EPOCH));
        _accuse();
        _assertSlashed(1);
    }

    // ------------------------------------------------------------------ //
    // The signers
    // ------------------------------------------------------------------ //

    function testFuzz_RevertWhen_AnyBitOfTheSignaturesIsAltered(uint256 bit) public {
        bytes memory signatures = signed.signatures;
        bit = bound(bit, 0, signatures.length * 8 - 1);
        signatures[bit / 8] ^= bytes1(uint8(1 << bit % 8));
        signed.signatures = signatures;
        vm.expectPartialRevert(IReportEvidence.ReportEvidence_WrongSignature.selector);
        _accuse();
        _assertStands(EPOCH);
    }

    function test_RevertWhen_SignaturesAreMissingOrTooMany() public {
        bytes memory signatures = signed.signatures;
        bytes32 digest = _digestOf();
        bytes[4] memory wrong = [
            bytes(""),
            bytes.concat(_record(0, digest), _record(1, digest)),
            bytes.concat(signatures, _record(3, digest)),
            bytes.concat(signatures, hex"00")
        ];
        uint8[4] memory counted = [0, 2, 4, 3];
        for (uint256 i = 0; i < wrong.length; ++i) {
            signed.signatures = wrong[i];
            vm.expectRevert(abi.encodeWithSelector(IReportEvidence.ReportEvidence_NotAQuorum.selector, counted[i], 3));
            _accuse();
        }
        _assertStands(EPOCH);
    }

    /// @dev A signer twice, one that did not sign what stands, an index beyond all nodes.
    function test_RevertWhen_RecordsAreNotThoseOfTheReportsSigners() public {
        bytes32 digest = _digestOf();
        signed.signatures = bytes.concat(_record(0, digest), _record(1, digest), _record(1, digest));
        _expectWrongSignature(1);
        _accuse();
        signed.signatures = bytes.concat(_record(0, digest), _record(1, digest), _record(3, digest));
        _expectWrongSignature(3);
        _accuse();
        signed.signatures = bytes.concat(_record(0, digest), _record(1, digest), _recordWith(255, hotKeys[2], digest));
        _expectWrongSignature(255);
        _accuse();
        signed.signatures = bytes.concat(_record(0, digest), _record(1, digest), _recordWith(2, hotKeys[3], digest));
        _expectWrongSignature(2);
        _accuse();
        _assertStands(EPOCH);
        // The order is of no matter: who signed is.
        signed.signatures = bytes.concat(_record(2, digest), _record(0, digest), _record(1, digest));
        _accuse();
        _assertDropped(EPOCH, BASE_EPOCH, 1);
    }

    /// @dev Anyone may join and sign what he likes with as many keys as he likes: what the members did not sign refutes nothing.
    function test_RevertWhen_StrangersSignedALieWithAnHonestReportsRoot() public {
        signed.report.setHash = keccak256("another set");
        bytes32 digest = _digestOf();
        bytes memory signatures;
        for (uint256 i = 0; i < 3; ++i) {
            (address hot, uint256 key) = makeAddrAndKey(string.concat("stranger's ", vm.toString(i)));
            vm.prank(makeAddr(string.concat("stranger ", vm.toString(i))));
            nodeSet.join(hot);
            signatures = bytes.concat(signatures, _recordWith(i, key, digest));
        }
        signed.signatures = signatures;
        _expectWrongSignature(0);
        _accuse();
        _assertStands(EPOCH);
    }

    /// @dev Nor does a member's new key speak for another member.
    function test_RevertWhen_OneMemberSignedWithSeveralKeys() public {
        (address hot, uint256 key) = makeAddrAndKey("rotated");
        vm.warp(block.timestamp + 1 hours);
        vm.prank(nodes[0].cold);
        nodeSet.rotate(hot);
        signed.report.setHash = keccak256("another set");
        bytes32 digest = _digestOf();
        signed.signatures = bytes.concat(_record(0, digest), _recordWith(1, key, digest), _record(2, digest));
        _expectWrongSignature(1);
        _accuse();
    }

    /// @dev The keys that count are those that signed, also after their nodes have changed them.
    function test_EvidenceCountsAfterTheSignersChangedTheirKeys() public {
        vm.warp(block.timestamp + 1 hours);
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(nodes[i].cold);
            nodeSet.rotate(makeAddr(string.concat("rotated ", vm.toString(i))));
        }
        _accuse();
        _assertDropped(EPOCH, BASE_EPOCH, 1);
    }

    /// @dev And after another set of nodes was configured.
    function test_EvidenceCountsAfterTheSetWasReplaced() public {
        address[] memory others = new address[](7);
        for (uint256 i = 0; i < others.length; ++i) {
            others[i] = makeAddr(string.concat("other ", vm.toString(i)));
            vm.prank(others[i]);
            nodeSet.join(makeAddr(string.concat("other's ", vm.toString(i))));
        }
        vm.prank(issuer);
        nodeSet.configure(address(oracle), others, keccak256("metric definitions"));
        _accuse();
        assertEq(oracle.headEpoch(), BASE_EPOCH, "head");
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(bonds.generationOf(nodes[i].cold), 1, "times slashed");
        }
    }

    /// @dev A node slashed for something else since is back with a new bond, which does not answer for what it signed before.
    function test_ABondPaidInSinceIsNotTakenForWhatWasSignedBefore() public {
        address[] memory colds = new address[](1);
        colds[0] = nodes[1].cold;
        vm.prank(address(evidence));
        bonds.slash(colds, makeAddr("earlier challenger"));
        vm.prank(nodes[1].cold);
        nodeSet.join(makeAddr("next"));
        _bondNode(nodes[1].cold, address(usd), 1000);

        colds = new address[](2);
        (colds[0], colds[1]) = (nodes[0].cold, nodes[2].cold);
        vm.expectEmit(address(evidence));
        emit IReportEvidence.ReportRefuted(EPOCH, challenger, colds);
        _accuse();
        _assertDropped(EPOCH, BASE_EPOCH, 1);
        (uint96 bonded,,) = bonds.bondOf(nodes[1].cold, address(usd));
        assertEq(bonded, 1000, "new bond");
    }

    function testFuzz_AnySizeOfSetIsHeldToItsReport(uint256 size) public {
        _deploy(_sizes()[size % 5]);
        _wire();
        vm.warp(GENESIS);
        _lie();
        _accuse();
        _assertDropped(EPOCH, BASE_EPOCH, 1);
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    function _lie() private {
        Leaves memory before = _leaves(5, 3);
        Leaves memory after_ = _leaves(5, 2);
        _plant(BASE_EPOCH, _root(before));
        signed = _plant(EPOCH, _root(after_));
        (leaf, base) = (_prove(after_, 1), _prove(before, 1));
    }

    function _accuse() private {
        vm.prank(challenger);
        evidence.counterFell(signed, leaf, base);
    }

    function _accuseAndPutBack(IReportEvidence.SignedReport memory true_) private {
        _accuse();
        signed = true_;
    }

    function _refuseSignatureAndPutBack(IReportEvidence.SignedReport memory true_) private {
        _expectWrongSignature(0);
        _accuseAndPutBack(true_);
    }

    function _digestOf() private view returns (bytes32) {
        return _reportDigest(signed.report);
    }
}
