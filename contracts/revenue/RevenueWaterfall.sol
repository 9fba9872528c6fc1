// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IFleetRegistry} from "../fleet/IFleetRegistry.sol";
import {ICapacityLease} from "../leasing/ICapacityLease.sol";
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

    /// @dev Two slots: base 96 | streaming 96; pending 96 | arrears 96. See `IRevenueWaterfall.streamOf`.
    struct Stream {
        uint96 base;
        uint96 streaming;
        uint96 pending;
        uint96 arrears;
    }

    /// @dev Two slots: lastDistributedAt 40 | reserve 96 | operatorFee 96; protocolFee 96 | oracleFee 96.
    struct Purse {
        uint40 lastDistributedAt;
        uint96 reserve;
        uint96 operatorFee;
        uint96 protocolFee;
        uint96 oracleFee;
    }

    ICapacityLease private immutable LEASES;
    IFleetRegistry private immutable FLEETS;
    address private immutable FACTORY;

    Purse private _purse;
    Stream[] private _streams;
    address[] private _shares;

    /// @dev Deployed by the factory, once, as the implementation of every clone.
    constructor(ICapacityLease leases, IFleetRegistry fleets) {
        LEASES = leases;
        FLEETS = fleets;
        FACTORY = msg.sender;
    }

    /// @notice Names the share tokens, one a tranche, and starts the coupon clock. Factory only, once.
    function initialise(address[] calldata shares) external {
        require(msg.sender == FACTORY, RevenueWaterfall_NotFactory(msg.sender));
        require(_shares.length == 0, RevenueWaterfall_AlreadyInitialised());
        for (uint256 i = 0; i < shares.length; ++i) {
            _shares.push(shares[i]);
            _streams.push();
        }
        _purse.lastDistributedAt = uint40(block.timestamp);
    }

    // ------------------------------------------------------------------ //
    // Distribution
    // ------------------------------------------------------------------ //

    /// @dev What one distribution does with its money, in memory. Each step takes from `available`.
    struct Flow {
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
        (Terms memory terms_, Tranche[] memory tranches_) = _fixed();

        // Check
        uint256 period = block.timestamp / terms_.period;
        uint256 lastPeriod = _purse.lastDistributedAt / terms_.period;
        require(
            period > lastPeriod, RevenueWaterfall_AlreadyDistributed(period, (lastPeriod + 1) * terms_.period)
        );

        // Interaction first: it tells how much there is. A token that calls back finds `pullTill` guarded and so cannot distribute
        // within a distribution; a fee it claims meanwhile is gone from the purse, which is therefore read only now.
        Flow memory flow;
        (flow.rent, flow.energyWh) = LEASES.pullTill(terms_.fleetId);
        Purse memory purse = _purse;

        // Compute
        flow.available = flow.rent;
        flow.incomes = new uint96[](tranches_.length);
        flow.arrears = new uint96[](tranches_.length);
        _payFees(flow, purse, terms_);
        uint96 reserveTarget = terms_.reserveTarget;
        if (flow.rent == 0 && _isWoundUp(terms_.fleetId)) {
            reserveTarget = 0;
            flow.reserveOut = purse.reserve;
            flow.available += purse.reserve;
            purse.reserve = 0;
        }
        _payTranches(flow, purse, tranches_, reserveTarget);

        // Effect
        purse.lastDistributedAt = uint40(block.timestamp);
        _purse = purse;
        for (uint256 i = 0; i < tranches_.length; ++i) {
            _roll(_streams[i], flow.incomes[i], flow.arrears[i], period - lastPeriod);
        }
        emit Distributed(
            period,
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
    function _payFees(Flow memory flow, Purse memory purse, Terms memory terms_) private pure {
        uint256 rent = flow.rent;
        uint96 protocol = _take(flow, rent * terms_.protocolFeeBps / BPS);
        uint96 oracle = _take(flow, rent * terms_.oracleFeeBps / BPS);
        uint256 tariff = uint256(flow.energyWh) * terms_.tariffPerKWh / WH_PER_KWH;
        uint96 energy = _take(flow, Math.min(tariff, rent * terms_.energyCapBps / BPS));
        uint96 operator = _take(flow, rent * terms_.operatorFeeBps / BPS);
        purse.protocolFee += protocol;
        purse.oracleFee += oracle;
        purse.operatorFee += energy + operator;
        flow.fees = [protocol, oracle, energy, operator];
    }

    /// @dev Coupons and arrears in order, the reserve standing in for what is short; then the reserve; then equity takes the rest.
    function _payTranches(Flow memory flow, Purse memory purse, Tranche[] memory tranches_, uint96 reserveTarget)
        private
        view
    {
        uint256 elapsed = block.timestamp - purse.lastDistributedAt;
        uint256 equity = tranches_.length - 1;
        for (uint256 i = 0; i < equity; ++i) {
            uint256 coupon = uint256(tranches_[i].face) * tranches_[i].couponBps * elapsed / (BPS * YEAR);
            uint256 due = _streams[i].arrears + coupon;
            uint96 paid = _take(flow, due);
            uint96 covered = uint96(Math.min(purse.reserve, due - paid));
            purse.reserve -= covered;
            flow.reserveOut += covered;
            flow.incomes[i] = paid + covered;
            flow.arrears[i] = uint96(Math.min(due - paid - covered, type(uint96).max));
        }
        if (reserveTarget > purse.reserve) {
            flow.reserveIn = _take(flow, reserveTarget - purse.reserve);
            purse.reserve += flow.reserveIn;
        }
        flow.incomes[equity] = _take(flow, flow.available);
    }

    /// @dev What came in during the period `passed` periods ago has streamed, or streams now; `income` streams over the next one.
    function _roll(Stream storage slot, uint96 income, uint96 arrears, uint256 passed) private {
        Stream memory stream = slot;
        stream.base += stream.streaming;
        stream.streaming = stream.pending;
        if (passed > 1) {
            stream.base += stream.streaming;
            stream.streaming = 0;
        }
        stream.pending = income;
        stream.arrears = arrears;
        (slot.base, slot.streaming) = (stream.base, stream.streaming);
        (slot.pending, slot.arrears) = (stream.pending, stream.arrears);
    }

    function _take(Flow memory flow, uint256 wanted) private pure returns (uint96 taken) {
        // At most what is available, which began as a uint96 of rent and reserve.
        taken = uint96(Math.min(wanted, flow.available));
        flow.available -= taken;
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
        (Terms memory terms_,) = _fixed();
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
        Stream storage stream = _streams[tranche];
        uint256 length = _terms().period;
        uint256 period = block.timestamp / length;
        uint256 passed = period - _purse.lastDistributedAt / length;
        uint256 into = block.timestamp - period * length;
        uint256 base = stream.base;
        if (passed == 0) return base + stream.streaming * into / length;
        if (passed == 1) return base + stream.streaming + stream.pending * into / length;
        return base + stream.streaming + stream.pending;
    }

    /// @inheritdoc IRevenueWaterfall
    function streamOf(uint256 tranche)
        external
        view
        returns (uint96 base, uint96 streaming, uint96 pending, uint96 arrears, uint256 period)
    {
        Stream memory stream = _streams[tranche];
        period = _purse.lastDistributedAt / _terms().period;
        return (stream.base, stream.streaming, stream.pending, stream.arrears, period);
    }

    /// @inheritdoc IRevenueWaterfall
    function feeOf(Payee payee) external view returns (uint96) {
        if (payee == Payee.Operator) return _purse.operatorFee;
        return payee == Payee.Protocol ? _purse.protocolFee : _purse.oracleFee;
    }

    /// @inheritdoc IRevenueWaterfall
    function reserve() external view returns (uint96) {
        return _purse.reserve;
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
        (, tranches_) = _fixed();
    }

    /// @inheritdoc IRevenueWaterfall
    function shareOf(uint256 tranche) external view returns (address) {
        return _shares[tranche];
    }

    function _fixed() private view returns (Terms memory, Tranche[] memory) {
        return abi.decode(Clones.fetchCloneArgs(address(this)), (Terms, Tranche[]));
    }

    function _terms() private view returns (Terms memory) {
        return abi.decode(Clones.fetchCloneArgs(address(this)), (Terms));
    }
}
