// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Vm} from "forge-std/Vm.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {IFleetShare} from "../../../contracts/revenue/IFleetShare.sol";
import {IRevenueFactory} from "../../../contracts/revenue/IRevenueFactory.sol";
import {IRevenueWaterfall} from "../../../contracts/revenue/IRevenueWaterfall.sol";

/// @title Every balance rebuilt from events alone (I14)
/// @dev Asks no contract anything. It knows the logs, the time of each, and the design's formulas, and keeps whole histories where the
/// contracts keep what they need.
contract Replay {
    struct LeaseBook {
        // As opened.
        uint48 fleetId;
        uint256 units;
        uint256 start;
        uint256 end;
        uint256 rate;
        uint256 penaltyBps;
        uint256 creditCapBps;
        uint256 boardWatts;
        // Money in and out since.
        uint256 escrowIn;
        uint256 creditIn;
        uint256 rentOut;
        uint256 setOff;
        uint256 refunded;
        uint256 lapsed;
        // Totals.
        uint256 owed;
        uint256 creditOwed;
        uint256 energyWh;
        uint256 reading;
        uint256 epoch;
        uint256 stop;
        bool closed;
    }

    struct FleetBook {
        uint256 till;
        uint256 tillWh;
        uint256 bond;
        uint256 openLeases;
        uint256 units;
    }

    struct WaterfallBook {
        IRevenueWaterfall.Terms terms;
        uint256 tranches;
        uint256[3] fees;
        uint256 reserve;
        uint256 rent;
    }

    struct Income {
        uint256 period;
        uint256 amount;
    }

    struct TrancheBook {
        address waterfall;
        uint256 face;
        Income[] incomes;
        uint256 income;
        uint256 arrears;
        uint256 claimed;
        uint256 touches;
    }

    struct Holding {
        uint256 balance;
        uint256 streamed;
        uint256 earned;
    }

    uint256 private immutable GENESIS;
    uint256 private immutable EPOCH_LENGTH;
    address private immutable LEASES;
    address private immutable FACTORY;

    mapping(uint256 leaseId => LeaseBook) private _leases;
    mapping(uint256 fleetId => FleetBook) private _fleets;
    mapping(address waterfall => WaterfallBook) private _waterfalls;
    mapping(address share => TrancheBook) private _tranches;
    mapping(address waterfall => address[]) private _shares;
    mapping(address share => mapping(address holder => Holding)) private _holdings;
    uint256 public claimsNotOwed;

    constructor(address leases, address factory, uint256 genesis, uint256 epochLength) {
        (LEASES, FACTORY, GENESIS, EPOCH_LENGTH) = (leases, factory, genesis, epochLength);
    }

    /// @notice Reads logs that were all written at this moment.
    function read(Vm.Log[] memory logs) external {
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter == LEASES) _readLease(logs[i]);
            else if (logs[i].emitter == FACTORY) _readFactory(logs[i]);
            else if (_waterfalls[logs[i].emitter].tranches != 0) _readWaterfall(logs[i]);
            else if (_tranches[logs[i].emitter].waterfall != address(0)) _readShare(logs[i]);
        }
    }

    // ------------------------------------------------------------------ //
    // CapacityLease
    // ------------------------------------------------------------------ //

    function _readLease(Vm.Log memory log) private {
        bytes32 topic = log.topics[0];
        if (topic == ICapacityLease.LeaseOpened.selector) _readOpened(log);
        else if (topic == ICapacityLease.Settled.selector) _readSettled(log);
        else if (topic == ICapacityLease.ToppedUp.selector) _readToppedUp(log);
        else if (topic == ICapacityLease.Terminated.selector) _leases[uint256(log.topics[1])].stop = _word(log, 0);
        else if (topic == ICapacityLease.Closed.selector) _readClosed(log);
        else if (topic == ICapacityLease.Refunded.selector) _leases[uint256(log.topics[1])].refunded += _word(log, 0);
        else if (topic == ICapacityLease.BondDeposited.selector) _fleets[uint256(log.topics[1])].bond += _word(log, 0);
        else if (topic == ICapacityLease.BondWithdrawn.selector) _fleets[uint256(log.topics[1])].bond -= _word(log, 0);
        else if (topic == ICapacityLease.TillPulled.selector) _readTillPulled(log);
    }

    function _readOpened(Vm.Log memory log) private {
        LeaseBook storage book = _leases[uint256(log.topics[1])];
        (, ICapacityLease.LeaseRequest memory request,, uint16 penaltyBps, uint16 creditCapBps, uint16 boardWatts,) =
            abi.decode(log.data, (address, ICapacityLease.LeaseRequest, uint16, uint16, uint16, uint16, uint32));
        book.fleetId = request.fleetId;
        (book.units, book.start, book.end, book.rate) = (request.units, request.start, request.end, request.rate);
        (book.penaltyBps, book.creditCapBps, book.boardWatts) = (penaltyBps, creditCapBps, boardWatts);
        book.escrowIn = request.escrow;
        _fleets[request.fleetId].openLeases += 1;
        _fleets[request.fleetId].units += request.units;
    }

    function _readSettled(Vm.Log memory log) private {
        LeaseBook storage book = _leases[uint256(log.topics[1])];
        FleetBook storage fleet = _fleets[book.fleetId];
        (book.epoch, book.reading) = (uint256(log.topics[2]), _word(log, 0));
        (book.owed, book.creditOwed) = (_word(log, 1), _word(log, 2));
        (uint256 creditPaid, uint256 setOff, uint256 rentPaid) = (_word(log, 3), _word(log, 4), _word(log, 5));
        book.creditIn += creditPaid;
        book.setOff += setOff;
        book.rentOut += rentPaid;
        fleet.bond -= creditPaid;
        fleet.till += rentPaid;
        uint256 energyWh = energyWhAt(uint256(log.topics[1]));
        fleet.tillWh += energyWh - book.energyWh;
        book.energyWh = energyWh;
    }

    function _readToppedUp(Vm.Log memory log) private {
        LeaseBook storage book = _leases[uint256(log.topics[1])];
        book.escrowIn += _word(log, 0);
        book.rentOut += _word(log, 1);
        _fleets[book.fleetId].till += _word(log, 1);
    }

    function _readClosed(Vm.Log memory log) private {
        LeaseBook storage book = _leases[uint256(log.topics[1])];
        book.closed = true;
        book.lapsed = _word(log, 1);
        _fleets[book.fleetId].openLeases -= 1;
        _fleets[book.fleetId].units -= book.units;
    }

    function _readTillPulled(Vm.Log memory log) private {
        FleetBook storage fleet = _fleets[uint256(log.topics[1])];
        fleet.till -= _word(log, 0);
        fleet.tillWh -= _word(log, 1);
        _waterfalls[address(uint160(uint256(log.topics[2])))].rent += _word(log, 0);
    }

    // ------------------------------------------------------------------ //
    // Waterfalls and shares
    // ------------------------------------------------------------------ //

    function _readFactory(Vm.Log memory log) private {
        if (log.topics[0] != IRevenueFactory.RevenueCreated.selector) return;
        address waterfall = address(uint160(uint256(log.topics[2])));
        (
            address[] memory shares,
            IRevenueWaterfall.Terms memory terms,
            IRevenueWaterfall.Tranche[] memory tranches,
            address holder
        ) = abi.decode(log.data, (address[], IRevenueWaterfall.Terms, IRevenueWaterfall.Tranche[], address));
        (_waterfalls[waterfall].terms, _waterfalls[waterfall].tranches) = (terms, shares.length);
        _shares[waterfall] = shares;
        for (uint256 i = 0; i < shares.length; ++i) {
            (_tranches[shares[i]].waterfall, _tranches[shares[i]].face) = (waterfall, tranches[i].face);
            _holdings[shares[i]][holder].balance = tranches[i].face;
        }
    }

    function _readWaterfall(Vm.Log memory log) private {
        WaterfallBook storage book = _waterfalls[log.emitter];
        if (log.topics[0] == IRevenueWaterfall.FeePaid.selector) {
            book.fees[uint256(log.topics[1])] -= _word(log, 0);
        } else if (log.topics[0] == IRevenueWaterfall.Distributed.selector) {
            (
                ,,
                uint96[4] memory fees,
                uint96 reserveIn,
                uint96 reserveOut,
                uint96[] memory incomes,
                uint96[] memory arrears
            ) = abi.decode(log.data, (uint96, uint64, uint96[4], uint96, uint96, uint96[], uint96[]));
            book.fees[0] += fees[0];
            book.fees[1] += fees[1];
            book.fees[2] += fees[2] + fees[3];
            book.reserve = book.reserve + reserveIn - reserveOut;
            for (uint256 i = 0; i < incomes.length; ++i) {
                TrancheBook storage tranche = _tranches[_shares[log.emitter][i]];
                tranche.incomes.push(Income({period: uint256(log.topics[1]), amount: incomes[i]}));
                tranche.income += incomes[i];
                tranche.arrears = arrears[i];
            }
        }
    }

    function _readShare(Vm.Log memory log) private {
        TrancheBook storage tranche = _tranches[log.emitter];
        if (log.topics[0] == IFleetShare.IncomeClaimed.selector) {
            address holder = address(uint160(uint256(log.topics[1])));
            _touch(log.emitter, holder);
            uint256 amount = _word(log, 0);
            if (amount != _holdings[log.emitter][holder].earned) ++claimsNotOwed;
            _holdings[log.emitter][holder].earned = 0;
            tranche.claimed += amount;
        } else if (log.topics[0] == IERC20.Transfer.selector) {
            address from = address(uint160(uint256(log.topics[1])));
            address to = address(uint160(uint256(log.topics[2])));
            uint256 value = _word(log, 0);
            if (value == 0 || from == to) return;
            _touch(log.emitter, from);
            _touch(log.emitter, to);
            _holdings[log.emitter][from].balance -= value;
            _holdings[log.emitter][to].balance += value;
        }
    }

    function _touch(address share, address holder) private {
        Holding storage holding = _holdings[share][holder];
        uint256 streamed = streamedOf(share);
        holding.earned = _claimable(share, holder, streamed);
        holding.streamed = streamed;
        _tranches[share].touches += 1;
    }

    // ------------------------------------------------------------------ //
    // What the logs come to
    // ------------------------------------------------------------------ //

    function leaseBook(uint256 leaseId) external view returns (LeaseBook memory) {
        return _leases[leaseId];
    }

    function fleetBook(uint48 fleetId) external view returns (FleetBook memory) {
        return _fleets[fleetId];
    }

    function waterfallBook(address waterfall) external view returns (WaterfallBook memory) {
        return _waterfalls[waterfall];
    }

    /// @notice What a tranche was ever given and paid, its unpaid coupon, and how often its holders were touched.
    function trancheBook(address share)
        external
        view
        returns (uint256 income, uint256 claimed, uint256 arrears, uint256 touches)
    {
        TrancheBook storage tranche = _tranches[share];
        return (tranche.income, tranche.claimed, tranche.arrears, tranche.touches);
    }

    function balanceOf(address share, address holder) external view returns (uint256) {
        return _holdings[share][holder].balance;
    }

    function heldOf(uint256 leaseId) external view returns (uint256) {
        LeaseBook storage book = _leases[leaseId];
        return book.escrowIn + book.creditIn - book.rentOut - book.refunded;
    }

    function debtOf(uint256 leaseId) external view returns (uint256) {
        LeaseBook storage book = _leases[leaseId];
        return book.owed - book.rentOut - book.setOff;
    }

    function creditUnpaidOf(uint256 leaseId) external view returns (uint256) {
        LeaseBook storage book = _leases[leaseId];
        return book.creditOwed - book.creditIn - book.setOff - book.lapsed;
    }

    /// @notice units x (min(periodEnd, end, stop) - start) at the epoch settled to.
    function maxUnitSeconds(uint256 leaseId) public view returns (uint256) {
        LeaseBook storage book = _leases[leaseId];
        uint256 until = GENESIS + (book.epoch + 1) * EPOCH_LENGTH;
        if (book.end < until) until = book.end;
        if (book.stop != 0 && book.stop < until) until = book.stop;
        return until > book.start ? book.units * (until - book.start) : 0;
    }

    function energyWhAt(uint256 leaseId) public view returns (uint256) {
        uint256 most = maxUnitSeconds(leaseId) * _leases[leaseId].boardWatts / 3600;
        uint256 energyWh = uint48(_leases[leaseId].reading >> 16);
        return energyWh < most ? energyWh : most;
    }

    /// @notice Each income there ever was, as far as it has streamed by now.
    function streamedOf(address share) public view returns (uint256 total) {
        TrancheBook storage tranche = _tranches[share];
        uint256 length = _waterfalls[tranche.waterfall].terms.period;
        for (uint256 i = 0; i < tranche.incomes.length; ++i) {
            uint256 from = (tranche.incomes[i].period + 1) * length;
            if (block.timestamp <= from) break;
            uint256 passed = block.timestamp - from;
            total += passed < length ? tranche.incomes[i].amount * passed / length : tranche.incomes[i].amount;
        }
    }

    function claimablesOf(address share, address[] calldata holders) external view returns (uint256[] memory amounts) {
        uint256 streamed = streamedOf(share);
        amounts = new uint256[](holders.length);
        for (uint256 i = 0; i < holders.length; ++i) {
            amounts[i] = _claimable(share, holders[i], streamed);
        }
    }

    function _claimable(address share, address holder, uint256 streamed) private view returns (uint256) {
        Holding storage holding = _holdings[share][holder];
        return holding.earned + holding.balance * (streamed - holding.streamed) / _tranches[share].face;
    }

    function _word(Vm.Log memory log, uint256 i) private pure returns (uint256 word) {
        bytes memory data = log.data;
        assembly ("memory-safe") {
            word := mload(add(add(data, 0x20), mul(i, 0x20)))
        }
    }
}
