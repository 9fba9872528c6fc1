// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Test} from "forge-std/Test.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {Reading} from "../../../contracts/leasing/Reading.sol";
import {IMeterOracle} from "../../../contracts/metering/IMeterOracle.sol";
import {FleetShare} from "../../../contracts/revenue/FleetShare.sol";
import {IRevenueWaterfall} from "../../../contracts/revenue/IRevenueWaterfall.sol";
import {RevenueWaterfall} from "../../../contracts/revenue/RevenueWaterfall.sol";
import {Replay} from "./Replay.sol";
import {World} from "./World.sol";

/// @title The invariants of INVARIANTS.md, after any sequence of actions
/// @dev Each has a seed of its own, so that together they try nine times as many sequences.
contract InvariantsTest is Test {
    uint256 private constant UNITS = 64;

    World private world;
    Replay private replay;
    ICapacityLease private leases;
    IMeterOracle private oracle;
    IERC20 private usd;
    uint48[] private fleetIds;
    RevenueWaterfall[] private waterfalls;
    FleetShare[] private shares;
    address[] private investors;

    function setUp() public {
        world = new World();
        world.setUp();
        world.begin();
        replay = world.replay();
        (address leases_, address oracle_, address usd_) = world.contracts();
        (leases, oracle, usd) = (ICapacityLease(leases_), IMeterOracle(oracle_), IERC20(usd_));
        fleetIds = world.fleetIds();
        waterfalls = world.waterfalls();
        shares = world.shares();
        investors = world.investors();

        bytes4[] memory actions = new bytes4[](21);
        actions[0] = world.open.selector;
        actions[1] = world.topUp.selector;
        actions[2] = world.passOn.selector;
        actions[3] = world.withdrawRefund.selector;
        actions[4] = world.terminate.selector;
        actions[5] = world.sunsetClose.selector;
        actions[6] = world.depositBond.selector;
        actions[7] = world.withdrawBond.selector;
        actions[8] = world.setListRate.selector;
        actions[9] = world.relist.selector;
        actions[10] = world.report.selector;
        actions[11] = world.submitForged.selector;
        actions[12] = world.settle.selector;
        actions[13] = world.settleMany.selector;
        actions[14] = world.settleAll.selector;
        actions[15] = world.distribute.selector;
        actions[16] = world.transferShares.selector;
        actions[17] = world.claim.selector;
        actions[18] = world.claimFee.selector;
        actions[19] = world.pauseToken.selector;
        actions[20] = world.releaseRisk.selector;
        targetSelector(FuzzSelector({addr: address(world), selectors: actions}));
        targetContract(address(world));
    }

    /// @dev Each run ends with all of the newest report settled, so that pairs stand at one epoch, and with every claim made.
    function afterInvariant() public {
        world.settleAll();
        invariant_I8_OneSettlementOrManyOweTheSame();
        invariant_I14_EventsAloneRebuildEveryBalance();
        invariant_I3_TransferChangesNobodysPastIncome();
        world.claimAll();
        invariant_I1_EachContractHoldsWhatItOwes();
        invariant_I2_EveryUnitDistributedIsClaimedClaimableOrStillToStream();
    }

    /// forge-config: default.fuzz.seed = "0x1001"
    /// forge-config: default.invariant.runs = 32
    /// forge-config: default.invariant.check-interval = 8
    function invariant_I1_EachContractHoldsWhatItOwes() public view {
        uint256 owed = 0;
        for (uint256 id = 1; id <= world.leaseCount(); ++id) {
            owed += leases.leaseOf(id).account.held;
        }
        for (uint256 i = 0; i < fleetIds.length; ++i) {
            ICapacityLease.FleetAccount memory account = leases.fleetAccountOf(fleetIds[i]);
            owed += uint256(account.money.till) + account.bond;
        }
        assertEq(usd.balanceOf(address(leases)), owed, "leases");

        for (uint256 i = 0; i < waterfalls.length; ++i) {
            RevenueWaterfall waterfall = waterfalls[i];
            owed = waterfall.reserve();
            for (uint256 payee = 0; payee < 3; ++payee) {
                owed += waterfall.feeOf(IRevenueWaterfall.Payee(payee));
            }
            uint256 claimed = 0;
            for (uint256 tranche = 0; tranche < waterfall.tranches().length; ++tranche) {
                (uint256 base, uint256 streaming, uint256 pending,,) = waterfall.streamOf(tranche);
                owed += base + streaming + pending;
                (, uint256 paid,,) = replay.trancheBook(waterfall.shareOf(tranche));
                claimed += paid;
            }
            assertEq(usd.balanceOf(address(waterfall)), owed - claimed, "waterfall");
        }
    }

    /// @dev What the nodes' bonds must cover is neither forgotten nor counted twice. With everything pulled released it is what a false
    /// report could move, and the tills.
    /// forge-config: default.fuzz.seed = "0x100f"
    /// forge-config: default.invariant.runs = 32
    function invariant_AtRiskIsAllEscrowAndTillsAndWhatWasPulledSince() public view {
        uint256 risk = 0;
        for (uint256 id = 1; id <= world.leaseCount(); ++id) {
            risk += leases.leaseOf(id).account.held;
        }
        for (uint256 i = 0; i < fleetIds.length; ++i) {
            ICapacityLease.FleetMoney memory money = leases.fleetAccountOf(fleetIds[i]).money;
            risk += uint256(money.till) + money.pulled;
        }
        assertEq(leases.atRisk(address(usd)), risk);
    }

    /// forge-config: default.fuzz.seed = "0x1002"
    /// forge-config: default.invariant.runs = 32
    /// forge-config: default.invariant.check-interval = 8
    function invariant_I2_EveryUnitDistributedIsClaimedClaimableOrStillToStream() public view {
        for (uint256 i = 0; i < shares.length; ++i) {
            (uint256 income, uint256 known,, uint256 touches) = replay.trancheBook(address(shares[i]));
            (address waterfall, uint256 tranche) = shares[i].waterfall();
            known += income - RevenueWaterfall(waterfall).streamed(tranche);
            for (uint256 h = 0; h < investors.length; ++h) {
                known += shares[i].claimable(investors[h]);
            }
            assertLe(known, income, "more than there was");
            assertGe(known + touches + investors.length, income, "dust: a unit a touch, and one a holder");
        }
    }

    /// forge-config: default.fuzz.seed = "0x1003"
    /// forge-config: default.invariant.runs = 32
    /// forge-config: default.invariant.check-interval = 8
    function invariant_I3_TransferChangesNobodysPastIncome() public view {
        assertEq(world.pastIncomeChanges(), 0);
        for (uint256 i = 0; i < shares.length; ++i) {
            uint256[] memory earned = replay.claimablesOf(address(shares[i]), investors);
            for (uint256 h = 0; h < investors.length; ++h) {
                assertEq(shares[i].claimable(investors[h]), earned[h], "what was held, for as long as it was");
            }
        }
    }

    /// forge-config: default.fuzz.seed = "0x1004"
    /// forge-config: default.invariant.runs = 32
    function invariant_I4_EscrowAndRentAddUpPerLease() public view {
        for (uint256 id = 1; id <= world.leaseCount(); ++id) {
            ICapacityLease.Lease memory lease = leases.leaseOf(id);
            Replay.LeaseBook memory book = replay.leaseBook(id);
            assertEq(
                book.escrowIn + book.creditIn, book.rentOut + book.refunded + lease.account.held, "escrow in and out"
            );
            assertEq(lease.account.owed, book.rentOut + book.setOff + lease.totals.debt, "owed");
        }
    }

    /// forge-config: default.fuzz.seed = "0x1005"
    /// forge-config: default.invariant.runs = 32
    function invariant_I5_BilledIsWhatWasDeliveredAndCouldBe() public view {
        for (uint256 id = 1; id <= world.leaseCount(); ++id) {
            ICapacityLease.Lease memory lease = leases.leaseOf(id);
            uint256 most = replay.maxUnitSeconds(id);
            uint256 delivered = lease.reading.delivered();
            uint256 billed = delivered < most ? delivered : most;
            assertEq(lease.account.owed, billed * lease.terms.rate / 3600, "owed");
            uint256 breached = lease.reading.breached();
            uint256 penalty =
                (breached < most ? breached : most) * lease.terms.rate * lease.state.penaltyBps / 36_000_000;
            uint256 cap = uint256(lease.account.owed) * lease.state.creditCapBps / 10_000;
            assertEq(lease.totals.creditOwed, penalty < cap ? penalty : cap, "credit");
        }
        for (uint256 i = 0; i < fleetIds.length; ++i) {
            assertLe(replay.fleetBook(fleetIds[i]).units, UNITS, "more leased than there is");
        }
    }

    /// forge-config: default.fuzz.seed = "0x1006"
    /// forge-config: default.invariant.runs = 32
    function invariant_I6_StandingEpochsAndCountersNeverFall() public view {
        assertEq(world.epochsGoneBack(), 0, "epochs");
        assertEq(world.countersGoneBack(), 0, "counters");
        assertEq(world.oldSettlementsThatChanged(), 0, "old settlements");
        uint64 epoch = oracle.headEpoch();
        for (uint256 i = 0; i < 4 && epoch != 0; ++i) {
            uint64 base = oracle.standing(epoch).baseEpoch;
            assertLt(base, epoch, "a base is older");
            epoch = base;
        }
    }

    /// forge-config: default.fuzz.seed = "0x1007"
    /// forge-config: default.invariant.runs = 32
    function invariant_I7_NoForgeryIsAccepted() public view {
        assertEq(world.forgeriesAccepted(), 0);
    }

    /// forge-config: default.fuzz.seed = "0x1008"
    /// forge-config: default.invariant.runs = 32
    function invariant_I8_OneSettlementOrManyOweTheSame() public view {
        for (uint256 id = 1; id < world.leaseCount(); id += 2) {
            ICapacityLease.Lease memory often = leases.leaseOf(id);
            ICapacityLease.Lease memory once = leases.leaseOf(id + 1);
            bool comparable =
                often.account.settledEpoch == once.account.settledEpoch && often.state.stop == once.state.stop;
            if (!comparable) continue;
            assertEq(often.account.owed, once.account.owed, "owed");
            assertEq(often.totals.creditOwed, once.totals.creditOwed, "credit");
            assertEq(often.totals.energyWh, once.totals.energyWh, "Wh");
        }
    }

    /// forge-config: default.fuzz.seed = "0x100e"
    /// forge-config: default.invariant.runs = 32
    /// forge-config: default.invariant.check-interval = 8
    function invariant_I14_EventsAloneRebuildEveryBalance() public view {
        for (uint256 id = 1; id <= world.leaseCount(); ++id) {
            ICapacityLease.Lease memory lease = leases.leaseOf(id);
            Replay.LeaseBook memory book = replay.leaseBook(id);
            assertEq(lease.account.held, replay.heldOf(id), "held");
            assertEq(lease.totals.debt, replay.debtOf(id), "debt");
            assertEq(lease.state.creditUnpaid, replay.creditUnpaidOf(id), "credit unpaid");
            assertEq(lease.account.owed, book.owed, "owed");
            assertEq(lease.totals.creditOwed, book.creditOwed, "credit");
            assertEq(lease.totals.energyWh, book.energyWh, "Wh");
            assertEq(lease.account.settledEpoch, book.epoch, "epoch");
            assertEq(Reading.unwrap(lease.reading), book.reading, "reading");
            assertEq(lease.account.closed, book.closed, "closed");
        }
        for (uint256 i = 0; i < fleetIds.length; ++i) {
            ICapacityLease.FleetAccount memory account = leases.fleetAccountOf(fleetIds[i]);
            Replay.FleetBook memory book = replay.fleetBook(fleetIds[i]);
            assertEq(account.money.till, book.till, "till");
            assertEq(account.money.tillWh, book.tillWh, "Wh in till");
            assertEq(account.bond, book.bond, "bond");
            assertEq(account.openLeases, book.openLeases, "open leases");
            assertEq(account.unitsCommitted, book.units, "units");
            _assertWaterfall(waterfalls[i]);
        }
        assertEq(replay.claimsNotOwed(), 0, "claims");
    }

    function _assertWaterfall(RevenueWaterfall waterfall) private view {
        Replay.WaterfallBook memory book = replay.waterfallBook(address(waterfall));
        assertEq(waterfall.reserve(), book.reserve, "reserve");
        for (uint256 payee = 0; payee < 3; ++payee) {
            assertEq(waterfall.feeOf(IRevenueWaterfall.Payee(payee)), book.fees[payee], "fee");
        }
        for (uint256 tranche = 0; tranche < book.tranches; ++tranche) {
            FleetShare share = FleetShare(waterfall.shareOf(tranche));
            (,,, uint96 arrears,) = waterfall.streamOf(tranche);
            (,, uint256 unpaid,) = replay.trancheBook(address(share));
            assertEq(arrears, unpaid, "arrears");
            assertEq(waterfall.streamed(tranche), replay.streamedOf(address(share)), "streamed");
            for (uint256 h = 0; h < investors.length; ++h) {
                assertEq(share.balanceOf(investors[h]), replay.balanceOf(address(share), investors[h]), "shares");
            }
        }
    }
}
