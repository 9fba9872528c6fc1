// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {IMeterOracle} from "../../../contracts/metering/IMeterOracle.sol";
import {IOracleFees} from "../../../contracts/revenue/IOracleFees.sol";
import {IRevenueWaterfall} from "../../../contracts/revenue/IRevenueWaterfall.sol";
import {OracleFees} from "../../../contracts/revenue/OracleFees.sol";
import {TestUSD} from "../../../contracts/testing/TestUSD.sol";
import {DecimalsToken} from "../support/tokens/DecimalsToken.sol";
import {OracleTest} from "../metering/OracleTest.sol";
import {FeeGiver} from "./FeeGiver.sol";

/// @title The oracle fee, split by how many final reports each node signed
contract OracleFeesTest is OracleTest {
    OracleFees private fees;
    FeeGiver private giver;
    DecimalsToken private token;

    function setUp() public override {
        super.setUp();
        fees = new OracleFees(oracle, nodeSet);
        token = new DecimalsToken(6);
        giver = new FeeGiver(address(token));
    }

    // ------------------------------------------------------------------ //
    // A round
    // ------------------------------------------------------------------ //

    function test_ARoundIsSplitByTheSignaturesOfItsFinalReports() public {
        _collect(1200);
        _sign(30, [0, 1, 2]);
        _sign(31, [0, 1, 3]);
        _sign(32, [0, 2, 3]);
        _sign(33, [0, 1, 2]);
        _makeFinal();
        _expectCounted(1, [uint32(4), 3, 3, 2]);
        vm.expectEmit(address(fees));
        emit IOracleFees.RoundClosed(1, 30, 33, 12);
        fees.closeRound();
        assertEq(fees.round(), 2, "round");

        uint256[4] memory shares = [uint256(400), 300, 300, 200];
        for (uint256 i = 0; i < 4; ++i) {
            assertEq(fees.shareOf(1, nodes[i].cold, address(token)), shares[i], "share");
            address to = makeAddr("paid");
            uint256 before = token.balanceOf(to);
            assertEq(_claim(i, 1, to), shares[i], "paid");
            assertEq(token.balanceOf(to) - before, shares[i], "arrived");
            assertEq(fees.shareOf(1, nodes[i].cold, address(token)), 0, "once");
        }
        assertEq(token.balanceOf(address(fees)), 0, "nothing left");
    }

    /// @dev So much a signature, rounded down; the rest goes to the round that is open when the first node claims.
    function test_WhatRoundingLeavesGoesIntoTheOpenRound() public {
        _collect(1205);
        _sign(30, [0, 1, 2]);
        _sign(31, [0, 1, 2]);
        _closeRound();
        assertEq(fees.shareOf(1, nodes[0].cold, address(token)), 400, "share before the dust is carried");
        vm.expectEmit(address(fees));
        emit IOracleFees.DustCarried(1, address(token), 2, 5);
        assertEq(_claim(0, 1, tenant), 400, "first");
        assertEq(fees.potOf(1, address(token)), 1200, "pot");
        assertEq(fees.potOf(2, address(token)), 5, "carried");
        assertEq(_claim(1, 1, tenant), 400, "second");
        assertEq(_claim(2, 1, tenant), 400, "third");
        assertEq(fees.potOf(2, address(token)), 5, "carried once");
    }

    /// @dev Not into a round closed since, of which some may have taken their share.
    function test_WhatRoundingLeavesOfALateClaimSkipsTheRoundsClosedSince() public {
        _collect(302);
        _sign(30, [0, 1, 2]);
        _closeRound();
        _collect(300);
        _sign(60, [0, 1, 2]);
        _closeRound();
        assertEq(_claim(0, 2, tenant), 100, "in time");
        assertEq(_claim(0, 1, tenant), 100, "late");
        assertEq(fees.potOf(2, address(token)), 300, "closed");
        assertEq(fees.potOf(3, address(token)), 2, "open");
    }

    function test_EachReportIsCountedInOneRound() public {
        _sign(30, [0, 1, 2]);
        _closeRound();
        _sign(60, [1, 2, 3]);
        _sign(61, [1, 2, 3]);
        _makeFinal();
        vm.expectEmit(address(fees));
        emit IOracleFees.RoundClosed(2, 60, 61, 6);
        fees.closeRound();
        assertEq(_signed(1, 0), 1, "round 1");
        assertEq(_signed(2, 0), 0, "round 2");
        assertEq(_signed(2, 3), 2, "round 2");
    }

    function test_AReportThatIsNotFinalWaitsForTheNextRound() public {
        _sign(30, [0, 1, 2]);
        _makeFinal();
        vm.warp(oracle.periodEnd(38) + D);
        _sign(38, [1, 2, 3]);
        fees.closeRound();
        assertEq(_signed(1, 3), 0, "not final yet");
        vm.warp(block.timestamp + 1 days);
        fees.closeRound();
        assertEq(_signed(2, 3), 1, "final by now");
    }

    function test_ADroppedReportEarnsNothing() public {
        _sign(30, [0, 1, 2]);
        _sign(34, [1, 2, 3]);
        _sign(35, [1, 2, 3]);
        vm.prank(oracle.evidence());
        oracle.drop(34, 0);
        _makeFinal();
        fees.closeRound();
        assertEq(_signed(1, 0), 1, "stands");
        assertEq(_signed(1, 3), 0, "dropped");
        _sign(60, [1, 2, 3]);
        _closeRound();
        assertEq(_signed(2, 3), 1, "goes on");
    }

    /// @dev Node indices mean other nodes after a new configuration.
    function test_SignaturesAreThoseOfTheNodesThatWereMembersThen() public {
        _collect(600);
        _sign(30, [0, 1, 2]);
        address[] memory before = _colds();
        (address hot, uint256 key) = makeAddrAndKey("newcomer's key");
        address cold = makeAddr("newcomer");
        vm.prank(cold);
        nodeSet.join(hot);
        address[] memory colds = _colds();
        (colds[0], colds[1]) = (cold, colds[0]); // node 1 is out, node 0 has its place
        vm.prank(issuer);
        nodeSet.configure(address(oracle), colds, METRICS);
        (hotKeys[0], hotKeys[1]) = (key, hotKeys[0]);
        _sign(31, [0, 1, 2]);
        _closeRound();
        assertEq(fees.shareOf(1, cold, address(token)), 100, "newcomer");
        assertEq(fees.shareOf(1, before[0], address(token)), 200, "under both");
        assertEq(fees.shareOf(1, before[1], address(token)), 100, "under the first");
        assertEq(fees.shareOf(1, before[2], address(token)), 200, "under both");
        assertEq(fees.shareOf(1, before[3], address(token)), 0, "signed nothing");
    }

    function test_ARoundOfSeveralStablecoinsIsSplitInEach() public {
        _collect(300);
        FeeGiver other = new FeeGiver(address(usd));
        usd.mint(address(other), 900);
        fees.collect(address(other));
        _sign(30, [0, 1, 2]);
        _closeRound();
        assertEq(fees.shareOf(1, nodes[0].cold, address(token)), 100, "one");
        assertEq(fees.shareOf(1, nodes[0].cold, address(usd)), 300, "other");
        assertEq(_claim(0, 1, tenant), 100, "one is claimed");
        assertEq(fees.shareOf(1, nodes[0].cold, address(usd)), 300, "the other stays");
    }

    function test_RoundsAreClaimedTogether() public {
        uint64[] memory rounds = new uint64[](3);
        for (uint64 i = 0; i < 3; ++i) {
            _collect(300 * (i + 1));
            _sign(30 * (i + 1), [0, 1, 2]);
            _closeRound();
            rounds[i] = i + 1;
        }
        vm.prank(nodes[1].cold);
        assertEq(fees.claim(rounds, address(token), tenant), 600, "paid");
        vm.expectRevert(
            abi.encodeWithSelector(IOracleFees.OracleFees_AlreadyPaid.selector, 1, nodes[1].cold, address(token))
        );
        vm.prank(nodes[1].cold);
        fees.claim(rounds, address(token), tenant);
        rounds[1] = rounds[0];
        vm.expectRevert(
            abi.encodeWithSelector(IOracleFees.OracleFees_AlreadyPaid.selector, 1, nodes[0].cold, address(token))
        );
        vm.prank(nodes[0].cold);
        fees.claim(rounds, address(token), tenant);
    }

    // ------------------------------------------------------------------ //
    // What is refused
    // ------------------------------------------------------------------ //

    function test_RevertWhen_ARoundIsClosedWithinADay() public {
        _sign(30, [0, 1, 2]);
        _closeRound();
        _sign(40, [0, 1, 2]);
        uint256 earliest = fees.closableFrom();
        vm.warp(earliest - 1);
        vm.expectRevert(abi.encodeWithSelector(IOracleFees.OracleFees_RoundTooShort.selector, 2, earliest));
        fees.closeRound();
        vm.warp(earliest);
        fees.closeRound();
    }

    /// @dev Money collected while nothing is signed waits for whoever signs next.
    function test_RevertWhen_NothingWasSigned() public {
        _collect(300);
        vm.warp(block.timestamp + 30 days);
        vm.expectRevert(abi.encodeWithSelector(IOracleFees.OracleFees_NothingSigned.selector, 1));
        fees.closeRound();
        _sign(_epochAt(block.timestamp), [0, 1, 2]);
        vm.expectRevert(abi.encodeWithSelector(IOracleFees.OracleFees_NothingSigned.selector, 1));
        fees.closeRound();
        _closeRound();
        vm.warp(block.timestamp + 30 days);
        vm.expectRevert(abi.encodeWithSelector(IOracleFees.OracleFees_NothingSigned.selector, 2));
        fees.closeRound();
        assertEq(fees.shareOf(1, nodes[0].cold, address(token)), 100, "waited");
    }

    function test_RevertWhen_AnOpenRoundIsClaimed() public {
        _collect(300);
        _sign(30, [0, 1, 2]);
        assertEq(fees.shareOf(1, nodes[0].cold, address(token)), 0, "open");
        for (uint64 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IOracleFees.OracleFees_RoundOpen.selector, i));
            _claim(0, i, tenant);
        }
    }

    function test_RevertWhen_NobodyIsPaid() public {
        vm.expectRevert(IOracleFees.OracleFees_ZeroAddress.selector);
        fees.claim(new uint64[](0), address(token), address(0));
    }

    // ------------------------------------------------------------------ //
    // Hostile callers and tokens
    // ------------------------------------------------------------------ //

    /// @dev What a contract says it paid is nothing; what arrived is.
    function test_AFalseWaterfallBooksOnlyWhatItGives() public {
        token.mint(address(giver), 50);
        giver.pay(50, 1_000_000);
        fees.collect(address(giver));
        assertEq(fees.potOf(1, address(token)), 50, "pot");
    }

    function test_RevertWhen_AFalseWaterfallCollectsWithinACollection() public {
        FeeGiver inner = new FeeGiver(address(token));
        token.mint(address(inner), 100);
        giver.callInstead(address(fees), abi.encodeCall(fees.collect, (address(inner))));
        vm.expectRevert(ReentrancyGuard.ReentrancyGuardReentrantCall.selector);
        fees.collect(address(giver));
    }

    function test_I9_ABlockedNodeIsPaidElsewhereAndStopsNobody() public {
        FeeGiver other = new FeeGiver(address(usd));
        usd.mint(address(other), 900);
        fees.collect(address(other));
        _sign(30, [0, 1, 2]);
        _closeRound();
        usd.setBlocked(nodes[0].cold, true);
        uint64[] memory rounds = new uint64[](1);
        rounds[0] = 1;
        vm.startPrank(nodes[0].cold);
        vm.expectRevert(abi.encodeWithSelector(TestUSD.TestUSD_Blocked.selector, nodes[0].cold));
        fees.claim(rounds, address(usd), nodes[0].cold);
        vm.stopPrank();
        vm.prank(nodes[1].cold);
        assertEq(fees.claim(rounds, address(usd), nodes[1].cold), 300, "another");
        vm.prank(nodes[0].cold);
        assertEq(fees.claim(rounds, address(usd), tenant), 300, "elsewhere");
    }

    // ------------------------------------------------------------------ //
    // The ring
    // ------------------------------------------------------------------ //

    /// @dev As many reports as the oracle keeps, signed by 21 of 31 nodes: 512 walks and 31 first writes fit in a block.
    function test_AWholeRingIsCountedInOneTransaction() public {
        vm.warp(GENESIS);
        _deploy(31);
        fees = new OracleFees(oracle, nodeSet);
        for (uint64 epoch = 100; epoch < 100 + 520; ++epoch) {
            _mine(epoch);
        }
        _makeFinal();
        uint256 before = gasleft();
        fees.closeRound();
        uint256 used = before - gasleft();
        emit log_named_uint("gas of closing a round of 512 reports by 31 nodes", used);
        assertLt(used, 10_000_000, "gas");
        (, uint32 total) = fees.signedOf(1, nodes[0].cold);
        assertEq(total, 512 * 21, "all that is kept");
    }

    /// @dev The newest final report may have lost its place in the ring to one that is not final yet.
    function test_AReportThatLeftTheRingIsNotCounted() public {
        _sign(30, [0, 1, 2]);
        _sign(30 + 512, [1, 2, 3]);
        vm.expectRevert(abi.encodeWithSelector(IOracleFees.OracleFees_NothingSigned.selector, 1));
        fees.closeRound();
        _makeFinal();
        fees.closeRound();
        assertEq(_signed(1, 0), 0, "gone");
        assertEq(_signed(1, 3), 1, "kept");
    }

    // ------------------------------------------------------------------ //
    // Any sequence
    // ------------------------------------------------------------------ //

    function testFuzz_SharesAreNeverMoreThanWasCollectedAndTheRestIsCarried(uint256 seed) public {
        uint256 collected;
        uint256 claimed;
        for (uint64 i = 0; i < 6; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            uint256 amount = draw % 1e9;
            _collect(amount);
            collected += amount;
            uint64 epoch = _epochAt(block.timestamp) + 1;
            for (uint64 k = 0; k <= draw % 5; ++k) {
                uint8 absent = uint8((draw >> (8 + 2 * k)) % 4);
                _sign(epoch + k, [absent < 1 ? 1 : 0, absent < 2 ? 2 : 1, absent < 3 ? 3 : 2]);
            }
            _closeRound();
            uint256 shares = 0;
            for (uint256 node = 0; node < 4; ++node) {
                shares += fees.shareOf(i + 1, nodes[node].cold, address(token));
            }
            assertLe(shares, fees.potOf(i + 1, address(token)), "more than there is");
            if (draw >> 64 & 1 == 0) continue;
            for (uint256 node = 0; node < 4; ++node) {
                claimed += _claim(node, i + 1, tenant);
            }
        }
        assertEq(token.balanceOf(address(fees)), collected - claimed, "balance");
        // Every round claimed: what is left is the dust carried into the open one.
        for (uint64 i = 1; i <= 6; ++i) {
            for (uint256 node = 0; node < 4; ++node) {
                if (fees.shareOf(i, nodes[node].cold, address(token)) == 0) continue;
                claimed += _claim(node, i, tenant);
            }
        }
        uint256 left = collected - claimed;
        assertEq(token.balanceOf(address(fees)), left, "balance");
        assertLt(left, 6 * 512 * 31, "dust");
    }

    /// @dev The real thing: rent distributed, the fee collected from the fleet's own waterfall.
    function test_TheFeeOfAFleetReachesItsNodes() public {
        oracleTreasury = address(fees);
        (fleetId, waterfall) = _listFleet(operator, address(usd), UNITS);
        uint256 leaseId = _open(_request(8, 10 days));
        uint64 epoch = _epochEndingBy(leases.leaseOf(leaseId).terms.start + 1 days);
        _meterAndSettle(leaseId, epoch, _reading(8 * 1 days, 8 * 1 days, 0, 0, 0));
        vm.warp((block.timestamp / PERIOD + 1) * PERIOD);
        waterfall.distribute();
        uint256 fee = waterfall.feeOf(IRevenueWaterfall.Payee.Oracle);
        vm.expectEmit(address(fees));
        emit IOracleFees.FeeCollected(address(waterfall), address(usd), 1, fee);
        fees.collect(address(waterfall));
        fees.closeRound();
        uint64[] memory rounds = new uint64[](1);
        rounds[0] = 1;
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(nodes[i].cold);
            assertEq(fees.claim(rounds, address(usd), nodes[i].cold), fee / 3, "a third each");
        }
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    function _collect(uint256 amount) private {
        token.mint(address(giver), amount);
        giver.pay(amount, amount);
        fees.collect(address(giver));
    }

    /// @dev A report of `epoch`, now or as soon as it may be mined.
    function _sign(uint64 epoch, uint8[3] memory by) private {
        uint256 opensAt = oracle.periodEnd(epoch) + D;
        if (block.timestamp < opensAt) vm.warp(opensAt);
        uint256[] memory indices = new uint256[](3);
        for (uint256 i = 0; i < 3; ++i) {
            indices[i] = by[i];
        }
        IMeterOracle.Report memory report = _report(epoch, _rootOf(epoch), LEAVES);
        oracle.submit(report, _signedBy(report, indices));
    }

    function _makeFinal() private {
        vm.warp(block.timestamp + DISPUTE);
        if (block.timestamp < fees.closableFrom()) vm.warp(fees.closableFrom());
    }

    function _closeRound() private {
        _makeFinal();
        fees.closeRound();
    }

    function _claim(uint256 index, uint64 round, address to) private returns (uint256) {
        uint64[] memory rounds = new uint64[](1);
        rounds[0] = round;
        vm.prank(nodes[index].cold);
        return fees.claim(rounds, address(token), to);
    }

    function _signed(uint64 round, uint256 index) private view returns (uint32 signed) {
        (signed,) = fees.signedOf(round, nodes[index].cold);
    }

    function _expectCounted(uint64 round, uint32[4] memory signed) private {
        uint32[] memory counts = new uint32[](4);
        for (uint256 i = 0; i < 4; ++i) {
            counts[i] = signed[i];
        }
        vm.expectEmit(address(fees));
        emit IOracleFees.SignaturesCounted(round, _colds(), counts);
    }
}
