// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IFleetRegistry} from "../fleet/IFleetRegistry.sol";
import {ICapacityLease} from "../leasing/ICapacityLease.sol";
import {CloneArgs} from "./CloneArgs.sol";
import {IRevenueWaterfall} from "./IRevenueWaterfall.sol";

/// @title RevenueWaterfall
/// @notice See IRevenueWaterfall.
/// @dev A clone per fleet whose terms are its code, so that reading them costs no storage and nobody can change them. Holds fees,
/// tranche income and the reserve. What it assumes:
/// - The currency moves exactly what is asked (CapacityLease refuses others on the way in), and never more than 2^96 - 1 smallest
///   units exist. While it is paused or a payee is blocked, that payee's claim reverts and stays; he may name another address.
/// - Rent reaches it only through `distribute`; tokens sent to it otherwise are nobody's and stay.
/// - Every share's face is its fixed supply, so a tranche's income can be shared out by its holders one by one, with no loop here.
/// - Nobody administers it. The reserve leaves only for a coupon's shortfall or, once the fleet is delisted and its last lease closed,
///   down the waterfall.
/// - Losses: what rent and reserve cannot pay of a coupon is carried as arrears, without interest, before any junior income.
contract RevenueWaterfall is IRevenueWaterfall {
    using SafeERC20 for IERC20;

    uint256 private constant BPS = 10_000;
    uint256 private constant YEAR = 365 days;
    uint256 private constant WH_PER_KWH = 1000;
    uint256 private constant MAX_TRANCHES = 4;
    uint256 private constant TERMS_BYTES = 11 * 32;
    uint256 private constant TRANCHE_BYTES = 2 * 32;

    /// @dev What a tranche got in `period`, which streams over the next one, when all it got `before` has streamed. One slot.
    struct Income {
        uint96 before;
        uint96 amount;
        uint40 period;
        bool inArrears;
    }

    /// @dev What every distribution changes, in one slot. A fee that outgrows 64 bits spills into `_spill`; while `reserveFull` the reserve
    /// need not be looked at.
    struct Purse {
        uint40 lastDistributedAt;
        bool reserveFull;
        uint64 protocolFee;
        uint64 oracleFee;
        uint64 operatorFee;
    }

    ICapacityLease private immutable LEASES;
    IFleetRegistry private immutable FLEETS;
    address private immutable FACTORY;

    Purse private _purse;
    mapping(Payee payee => uint256) private _spill;
    uint96 private _reserve;
    /// @dev A tranche's last two incomes, by the parity of their periods: one streams while the other waits for its turn.
    Income[2][MAX_TRANCHES] private _incomes;
    /// @dev Unpaid coupon, where the newest income says `inArrears`; else whatever it was once.
    uint96[MAX_TRANCHES] private _arrears;
    address[MAX_TRANCHES] private _shares;

    /// @dev Deployed by the factory, once, as the implementation of every clone.
    constructor(ICapacityLease leases, IFleetRegistry fleets) {
        LEASES = leases;
        FLEETS = fleets;
        FACTORY = msg.sender;
    }

    /// @notice Names the share tokens, one a tranche, and starts the coupon clock. Factory only, once.
    function initialise(address[] calldata shares) external {
        require(msg.sender == FACTORY, RevenueWaterfall_NotFactory(msg.sender));
        require(_purse.lastDistributedAt == 0, RevenueWaterfall_AlreadyInitialised());
        for (uint256 i = 0; i < shares.length; ++i) {
            _shares[i] = shares[i];
        }
        _purse.lastDistributedAt = uint40(block.timestamp);
    }

    // ------------------------------------------------------------------ //
    // Distribution
    // ------------------------------------------------------------------ //

    /// @dev What one distribution does with its money, in memory. Each step takes from `available`.
    struct Flow {
        uint256 period;
        uint256 lastPeriod;
        uint256 available;
        uint96 rent;
        uint64 energyWh;
        uint96[4] fees;
        uint96 reserveIn;
        uint96 reserveOut;
        uint96[] incomes;
        uint96[] arrears;
    }

    /// @inheritdoc IRevenueWaterfall
    function distribute() external {
        (Terms memory terms_, uint256 count) = _fixed();
        Flow memory flow;

        // Interaction first: it tells how much there is. Whatever the token calls meanwhile, a distribution too, is over before anything
        // is read here.
        (flow.rent, flow.energyWh) = LEASES.pullTill(terms_.fleetId);

        // Check
        Purse memory purse = _purse;
        flow.period = block.timestamp / terms_.period;
        flow.lastPeriod = purse.lastDistributedAt / terms_.period;
        if (flow.period == flow.lastPeriod) {
            revert RevenueWaterfall_AlreadyDistributed(flow.period, (flow.period + 1) * terms_.period);
        }

        // Compute and effect
        flow.available = flow.rent;
        flow.incomes = new uint96[](count);
        flow.arrears = new uint96[](count);
        _payFees(flow, purse, terms_);
        bool woundUp = flow.rent == 0 && _isWoundUp(terms_.fleetId);
        if (woundUp) flow.available = _drawReserve(flow, purse, type(uint96).max);
        _payCoupons(flow, purse, terms_);
        if (!purse.reserveFull && !woundUp) _fillReserve(flow, purse, terms_.reserveTarget);
        _receive(flow, count - 1, _newest(flow, count - 1), uint96(flow.available));
        purse.lastDistributedAt = uint40(block.timestamp);
        _store(purse);
        emit Distributed(
            flow.period,
            flow.rent,
            flow.energyWh,
            flow.fees,
            flow.reserveIn,
            flow.reserveOut,
            flow.incomes,
            flow.arrears
        );
    }

    /// @dev Protocol, oracle, energy and operator's fee, each a share of rent rounded down; together never more than rent.
    function _payFees(Flow memory flow, Purse memory purse, Terms memory terms_) private {
        // Unchecked: amounts have 96 bits and their factors at most 64, and nobody is paid more than there is.
        unchecked {
            uint256 rent = flow.rent;
            uint96[4] memory fees = flow.fees;
            fees[0] = _take(flow, rent * terms_.protocolFeeBps / BPS);
            fees[1] = _take(flow, rent * terms_.oracleFeeBps / BPS);
            uint256 tariff = uint256(flow.energyWh) * terms_.tariffPerKWh / WH_PER_KWH;
            uint256 cap = rent * terms_.energyCapBps / BPS;
            fees[2] = _take(flow, tariff < cap ? tariff : cap);
            fees[3] = _take(flow, rent * terms_.operatorFeeBps / BPS);
            purse.protocolFee = _credit(Payee.Protocol, purse.protocolFee, fees[0]);
            purse.oracleFee = _credit(Payee.Oracle, purse.oracleFee, fees[1]);
            purse.operatorFee = _credit(Payee.Operator, purse.operatorFee, uint256(fees[2]) + fees[3]);
        }
    }

    /// @dev What the purse holds of a fee once `amount` is added.
    function _credit(Payee payee, uint64 held, uint256 amount) private returns (uint64) {
        amount += held;
        if (amount <= type(uint64).max) return uint64(amount);
        _spill[payee] += amount;
        return 0;
    }

    /// @dev Coupons and arrears in order, the reserve standing in for what is short.
    function _payCoupons(Flow memory flow, Purse memory purse, Terms memory terms_) private {
        uint256 elapsed = block.timestamp - purse.lastDistributedAt;
        uint256 coupons = flow.incomes.length - 1;
        for (uint256 i = 0; i < coupons; ++i) {
            Tranche memory tranche = _tranche(terms_, i);
            uint256 due;
            // Unchecked: 96 + 16 + 40 bits.
            unchecked {
                due = uint256(tranche.face) * tranche.couponBps * elapsed / (BPS * YEAR);
            }
            Income storage newest = _newest(flow, i);
            if (newest.inArrears) due += _arrears[i];
            uint96 income = _take(flow, due);
            if (income < due) {
                income += _drawReserve(flow, purse, due - income);
                flow.arrears[i] = _arrears[i] = uint96(Math.min(due - income, type(uint96).max));
            }
            _receive(flow, i, newest, income);
        }
    }

    /// @dev Takes up to `wanted` out of the reserve.
    function _drawReserve(Flow memory flow, Purse memory purse, uint256 wanted) private returns (uint96 drawn) {
        uint96 held = _reserve;
        drawn = uint96(Math.min(wanted, held));
        if (drawn == 0) return 0;
        _reserve = held - drawn;
        purse.reserveFull = false;
        flow.reserveOut += drawn;
    }

    /// @dev Adds what is available to the reserve, up to its target.
    function _fillReserve(Flow memory flow, Purse memory purse, uint96 target) private {
        uint96 held = _reserve;
        uint96 missing = target > held ? target - held : 0;
        flow.reserveIn = _take(flow, missing);
        if (flow.reserveIn != 0) _reserve = held + flow.reserveIn;
        purse.reserveFull = flow.reserveIn == missing;
    }

    /// @dev Writes a tranche's income of this period over the one before the newest, which has streamed: in one word, for field by field
    /// the compiler would read and write the slot four times.
    function _receive(Flow memory flow, uint256 tranche, Income storage newest, uint96 amount) private {
        flow.incomes[tranche] = amount;
        uint96 before = newest.before + newest.amount;
        uint256 word = before | uint256(amount) << 96 | flow.period << 192;
        if (flow.arrears[tranche] != 0) word |= 1 << 232;
        Income storage slot = _incomes[tranche][flow.period % 2];
        assembly ("memory-safe") {
            sstore(slot.slot, word)
        }
    }

    /// @dev In one word, like `_receive`.
    function _store(Purse memory purse) private {
        uint256 word = purse.lastDistributedAt | uint256(purse.protocolFee) << 48 | uint256(purse.oracleFee) << 112
            | uint256(purse.operatorFee) << 176;
        if (purse.reserveFull) word |= 1 << 40;
        assembly ("memory-safe") {
            sstore(_purse.slot, word)
        }
    }

    function _newest(Flow memory flow, uint256 tranche) private view returns (Income storage) {
        return _incomes[tranche][flow.lastPeriod % 2];
    }

    function _take(Flow memory flow, uint256 wanted) private pure returns (uint96 taken) {
        // At most what is available, which began as a uint96 of rent and reserve.
        unchecked {
            taken = uint96(wanted < flow.available ? wanted : flow.available);
            flow.available -= taken;
        }
    }

    function _isWoundUp(uint48 fleetId) private view returns (bool) {
        (IFleetRegistry.Status status,,) = FLEETS.statusOf(fleetId);
        return status == IFleetRegistry.Status.Delisted && LEASES.fleetAccountOf(fleetId).openLeases == 0;
    }

    // ------------------------------------------------------------------ //
    // Claims
    // ------------------------------------------------------------------ //

    /// @inheritdoc IRevenueWaterfall
    function claimFee(Payee payee, address to) external returns (uint96 amount) {
        Terms memory terms_ = _terms();
        Purse storage purse = _purse;
        if (payee == Payee.Operator) {
            FLEETS.requireOperator(terms_.fleetId, msg.sender);
            (amount, purse.operatorFee) = (purse.operatorFee, 0);
        } else if (payee == Payee.Protocol) {
            require(msg.sender == terms_.protocolTreasury, RevenueWaterfall_NotPayee(payee, msg.sender));
            (amount, purse.protocolFee) = (purse.protocolFee, 0);
        } else {
            require(msg.sender == terms_.oracleTreasury, RevenueWaterfall_NotPayee(payee, msg.sender));
            (amount, purse.oracleFee) = (purse.oracleFee, 0);
        }
        uint256 spill = _spill[payee];
        if (spill != 0) {
            // Part of what this contract holds, which has 96 bits.
            amount += uint96(spill);
            _spill[payee] = 0;
        }
        require(amount != 0, RevenueWaterfall_NothingToClaim(payee));
        emit FeePaid(payee, to, amount);
        IERC20(terms_.currency).safeTransfer(to, amount);
    }

    /// @inheritdoc IRevenueWaterfall
    function payIncome(uint256 tranche, address to, uint256 amount) external {
        require(msg.sender == _shares[tranche], RevenueWaterfall_NotShare(tranche, msg.sender));
        IERC20(_terms().currency).safeTransfer(to, amount);
    }

    // ------------------------------------------------------------------ //
    // Views
    // ------------------------------------------------------------------ //

    /// @inheritdoc IRevenueWaterfall
    function streamed(uint256 tranche) external view returns (uint256) {
        uint256 length = _terms().period;
        uint256 period = block.timestamp / length;
        Income memory last = _incomes[tranche][(period - 1) % 2];
        if (last.period == period - 1) return last.before + last.amount * (block.timestamp % length) / length;
        // Nothing streams now. This period's income waits; an older one has streamed.
        Income memory other = _incomes[tranche][period % 2];
        if (other.period == period) return other.before;
        if (other.period > last.period) last = other;
        return uint256(last.before) + last.amount;
    }

    /// @inheritdoc IRevenueWaterfall
    function streamOf(uint256 tranche)
        external
        view
        returns (uint96 base, uint96 streaming, uint96 pending, uint96 arrears, uint256 period)
    {
        period = _purse.lastDistributedAt / _terms().period;
        Income memory newest = _incomes[tranche][period % 2];
        (base, pending) = (newest.before, newest.amount);
        if (newest.inArrears) arrears = _arrears[tranche];
        Income memory older = _incomes[tranche][(period - 1) % 2];
        if (older.period == period - 1) (base, streaming) = (older.before, older.amount);
    }

    /// @inheritdoc IRevenueWaterfall
    function feeOf(Payee payee) external view returns (uint96) {
        uint64 held = payee == Payee.Operator
            ? _purse.operatorFee
            : payee == Payee.Protocol ? _purse.protocolFee : _purse.oracleFee;
        return uint96(held + _spill[payee]);
    }

    /// @inheritdoc IRevenueWaterfall
    function reserve() external view returns (uint96) {
        return _reserve;
    }

    /// @inheritdoc IRevenueWaterfall
    function lastDistributedAt() external view returns (uint40) {
        return _purse.lastDistributedAt;
    }

    /// @inheritdoc IRevenueWaterfall
    function terms() external view returns (Terms memory) {
        return _terms();
    }

    /// @inheritdoc IRevenueWaterfall
    function tranches() external view returns (Tranche[] memory tranches_) {
        (Terms memory terms_, uint256 count) = _fixed();
        tranches_ = new Tranche[](count);
        for (uint256 i = 0; i < count; ++i) {
            tranches_[i] = _tranche(terms_, i);
        }
    }

    /// @inheritdoc IRevenueWaterfall
    function shareOf(uint256 tranche) external view returns (address) {
        return _shares[tranche];
    }

    function _terms() private view returns (Terms memory terms_) {
        (terms_,) = _fixed();
    }

    function _fixed() private view returns (Terms memory terms_, uint256 count) {
        (uint256 place, uint256 length) = CloneArgs.load();
        count = (length - TERMS_BYTES) / TRANCHE_BYTES;
        assembly ("memory-safe") {
            terms_ := place
        }
    }

    /// @dev The tranches lie behind the terms.
    function _tranche(Terms memory terms_, uint256 i) private pure returns (Tranche memory tranche) {
        assembly ("memory-safe") {
            tranche := add(terms_, add(TERMS_BYTES, mul(i, TRANCHE_BYTES)))
        }
    }
}
