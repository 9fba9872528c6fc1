// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {IFleetRegistry} from "../fleet/IFleetRegistry.sol";
import {IMeterOracle} from "../metering/IMeterOracle.sol";
import {INodeBonds} from "../metering/INodeBonds.sol";
import {IStablecoinRegistry} from "../payments/IStablecoinRegistry.sol";
import {ICapacityLease} from "./ICapacityLease.sol";
import {IERC3009} from "./IERC3009.sol";
import {LeaseLedger} from "./LeaseLedger.sol";
import {LeaseMath} from "./LeaseMath.sol";
import {LeaseSlots} from "./LeaseSlots.sol";

/// @title CapacityLease
/// @notice See ICapacityLease.
/// @dev Holds escrow, operators' bonds and tills. What it assumes:
/// - A permitted token moves exactly the amount asked, checked on the way in, and never more than 2^96 - 1 smallest units exist. It may
///   be paused, upgraded and block holders: then transfers at the edges revert, and settlement, which moves no token, goes on.
/// - The oracle's reports are what a quorum signed. A lying quorum can at most bill all undelivered time since a lease's start, out
///   of that lease's escrow; every total is clamped to what the units could deliver and draw in the time that has passed.
/// - What the nodes' bonds cover is asked when a lease opens, and never again: a bond that leaves later stops new leases, and no exit.
/// - Liveness needs a final report from time to time. Without one for 14 days anyone may close a lease at its last reading.
/// - Nobody administers this contract. Fleets and stablecoins are listed elsewhere, and matter only when a lease opens.
/// - Not checked: that GPUs named in an allocation exist, or that two leases are not served by one GPU; nodes check both.
contract CapacityLease is ERC721, LeaseLedger, ReentrancyGuard {
    using SafeERC20 for IERC20;
    using LeaseSlots for FleetMoney;

    /// @dev Units are taken from the opening on, so a lease far ahead would lock a fleet and its bond for the price of a runway.
    uint256 private constant MAX_LEAD = 30 days;

    IFleetRegistry private immutable FLEETS;
    IStablecoinRegistry private immutable STABLECOINS;
    INodeBonds private immutable BONDS;

    /// @dev From 1: whoever opens the first lease does not pay for the slot.
    uint256 private _nextLeaseId = 1;

    constructor(IMeterOracle oracle, IFleetRegistry fleets, IStablecoinRegistry stablecoins, INodeBonds bonds)
        ERC721("Wellhead Capacity Lease", "WHL")
        LeaseLedger(oracle)
    {
        FLEETS = fleets;
        STABLECOINS = stablecoins;
        BONDS = bonds;
    }

    // ------------------------------------------------------------------ //
    // Opening
    // ------------------------------------------------------------------ //

    /// @inheritdoc ICapacityLease
    function open(LeaseRequest calldata request) external nonReentrant returns (uint256 leaseId) {
        IERC20 currency;
        (leaseId, currency) = _open(request, msg.sender);
        _pull(currency, msg.sender, request.escrow);
    }

    /// @inheritdoc ICapacityLease
    function openWithPermit(LeaseRequest calldata request, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        nonReentrant
        returns (uint256 leaseId)
    {
        IERC20 currency;
        (leaseId, currency) = _open(request, msg.sender);
        // Anyone can use a permit they have seen. The allowance then stands, so the failure here is nothing.
        try IERC20Permit(address(currency)).permit(msg.sender, address(this), request.escrow, deadline, v, r, s) {}
            catch {}
        _pull(currency, msg.sender, request.escrow);
    }

    /// @inheritdoc ICapacityLease
    function openWithAuthorization(
        LeaseRequest calldata request,
        address payer,
        uint256 validAfter,
        uint256 validBefore,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant returns (uint256 leaseId) {
        IERC20 currency;
        (leaseId, currency) = _open(request, payer);
        uint256 before = currency.balanceOf(address(this));
        // The nonce is what the payer agreed to: whoever relays this cannot change a term or the holder.
        bytes32 nonce = keccak256(abi.encode(request));
        IERC3009(address(currency))
            .receiveWithAuthorization(payer, address(this), request.escrow, validAfter, validBefore, nonce, v, r, s);
        _requireReceived(currency, before, request.escrow);
    }

    /// @dev Checks a request against the fleet's terms and the clock, and writes the lease. The escrow is the caller's to bring in.
    function _open(LeaseRequest memory request, address payer) private returns (uint256 leaseId, IERC20 currency) {
        // Check
        IFleetRegistry.FleetTerms memory fleetTerms = FLEETS.termsOf(request.fleetId);
        STABLECOINS.requirePermitted(fleetTerms.currency);
        _checkRequest(request, fleetTerms);
        FleetAccount storage fleet = _bind(request.fleetId, fleetTerms);
        uint256 free = fleetTerms.units - fleet.unitsCommitted;
        require(request.units <= free, CapacityLease_NotEnoughUnits(free, request.units));
        _cover(fleetTerms.currency, request.escrow);

        // Effect
        leaseId = _nextLeaseId++;
        fleet.openLeases += 1;
        fleet.unitsCommitted += request.units;
        Lease storage lease = _leases[leaseId];
        lease.terms = Terms({
            rate: request.rate, units: request.units, start: request.start, end: request.end, fleetId: request.fleetId
        });
        lease.state = State({
            stop: 0,
            suspendedAt: 0,
            creditUnpaid: 0,
            penaltyBps: fleetTerms.penaltyBps,
            creditCapBps: fleetTerms.creditCapBps,
            notice: fleetTerms.notice,
            boardWatts: fleetTerms.boardWatts
        });
        lease.account = Account({
            held: request.escrow, owed: 0, settledEpoch: 0, availabilityBps: fleetTerms.availabilityBps, closed: false
        });
        _mint(request.holder, leaseId);
        emit LeaseOpened(
            leaseId,
            request.fleetId,
            request.holder,
            payer,
            request,
            fleetTerms.availabilityBps,
            fleetTerms.penaltyBps,
            fleetTerms.creditCapBps,
            fleetTerms.boardWatts,
            fleetTerms.notice
        );
        currency = IERC20(fleetTerms.currency);
    }

    /// @dev Adds a new lease's escrow to what is at risk, which the nodes' bonds must cover.
    function _cover(address currency, uint256 escrow) private {
        uint256 risk = atRisk[currency] + escrow;
        uint256 cover = BONDS.coverOf(currency);
        require(risk <= cover, CapacityLease_CoverTooSmall(currency, cover, risk));
        atRisk[currency] = risk;
    }

    function _checkRequest(LeaseRequest memory request, IFleetRegistry.FleetTerms memory fleetTerms) private view {
        require(request.units != 0, CapacityLease_ZeroUnits());
        require(request.rate == fleetTerms.listRate, CapacityLease_RateMismatch(fleetTerms.listRate, request.rate));
        // Genesis is on the grid, so a multiple of L is an epoch boundary.
        require(request.start % EPOCH_LENGTH == 0, CapacityLease_OffGrid(request.start, EPOCH_LENGTH));
        require(request.end % EPOCH_LENGTH == 0, CapacityLease_OffGrid(request.end, EPOCH_LENGTH));
        require(request.end > request.start, CapacityLease_EndNotAfterStart(request.start, request.end));
        uint256 earliest = block.timestamp + 2 * EPOCH_LENGTH;
        if (earliest < GENESIS + EPOCH_LENGTH) earliest = GENESIS + EPOCH_LENGTH;
        require(request.start >= earliest, CapacityLease_StartTooSoon(earliest, request.start));
        uint256 latest = block.timestamp + MAX_LEAD;
        require(request.start <= latest, CapacityLease_StartTooLate(latest, request.start));

        // Counters have 48 bits and amounts 96: a lease that could outgrow them is not opened.
        uint256 duration = request.end - request.start;
        uint256 unitSeconds = duration * request.units;
        require(unitSeconds <= type(uint48).max, CapacityLease_ValueTooLarge(unitSeconds, type(uint48).max));
        uint256 value = LeaseMath.runwayUp(request.units, request.rate, duration);
        require(value <= type(uint96).max, CapacityLease_ValueTooLarge(value, type(uint96).max));

        uint256 runway = LeaseMath.runwayUp(request.units, request.rate, _covered(fleetTerms.notice, duration));
        require(request.escrow >= runway, CapacityLease_EscrowBelowRunway(runway, request.escrow));
    }

    // ------------------------------------------------------------------ //
    // Escrow
    // ------------------------------------------------------------------ //

    /// @inheritdoc ICapacityLease
    function topUp(uint256 leaseId, uint96 amount) external nonReentrant {
        Lease storage lease = _openLease(leaseId);
        require(amount != 0, CapacityLease_ZeroAmount());
        FleetAccount storage fleet = _fleets[lease.terms.fleetId];
        uint96 debt = lease.totals.debt;
        uint96 debtPaid = debt < amount ? debt : amount;
        if (debtPaid != 0) {
            lease.totals.debt = debt - debtPaid;
            fleet.money.till += debtPaid;
        }
        lease.account.held += amount - debtPaid;
        emit ToppedUp(leaseId, msg.sender, amount, debtPaid);
        _reviewRunway(leaseId, lease, _booksOf(lease));
        address currency = fleet.currency;
        atRisk[currency] += amount;
        _pull(IERC20(currency), msg.sender, amount);
    }

    /// @inheritdoc ICapacityLease
    function withdrawRefund(uint256 leaseId, address to) external nonReentrant returns (uint96 amount) {
        Lease storage lease = _existing(leaseId);
        require(lease.account.closed, CapacityLease_LeaseOpen(leaseId));
        require(_ownerOf(leaseId) == msg.sender, CapacityLease_NotHolder(leaseId, msg.sender));
        require(to != address(0), CapacityLease_ZeroAddress());
        amount = lease.account.held;
        require(amount != 0, CapacityLease_ZeroAmount());
        lease.account.held = 0;
        emit Refunded(leaseId, to, amount);
        address currency = _fleets[lease.terms.fleetId].currency;
        atRisk[currency] -= amount;
        IERC20(currency).safeTransfer(to, amount);
    }

    // ------------------------------------------------------------------ //
    // Operators
    // ------------------------------------------------------------------ //

    /// @inheritdoc ICapacityLease
    function allocate(uint256 leaseId, uint32 version, bytes32 bodyHash) external {
        Lease storage lease = _openLease(leaseId);
        FLEETS.requireOperator(lease.terms.fleetId, msg.sender);
        emit Allocated(leaseId, version, bodyHash);
    }

    /// @inheritdoc ICapacityLease
    function depositBond(uint48 fleetId, uint96 amount) external nonReentrant {
        require(amount != 0, CapacityLease_ZeroAmount());
        FleetAccount storage fleet = _fleets[fleetId];
        if (fleet.currency == address(0)) fleet = _bind(fleetId, FLEETS.termsOf(fleetId));
        fleet.bond += amount;
        emit BondDeposited(fleetId, msg.sender, amount);
        _pull(IERC20(fleet.currency), msg.sender, amount);
    }

    /// @inheritdoc ICapacityLease
    function withdrawBond(uint48 fleetId, uint96 amount, address to) external nonReentrant {
        FLEETS.requireOperator(fleetId, msg.sender);
        require(to != address(0), CapacityLease_ZeroAddress());
        require(amount != 0, CapacityLease_ZeroAmount());
        FleetAccount storage fleet = _fleets[fleetId];
        require(fleet.openLeases == 0, CapacityLease_FleetHasOpenLeases(fleetId, fleet.openLeases));
        uint96 bond = fleet.bond;
        require(amount <= bond, CapacityLease_BondTooSmall(fleetId, bond, amount));
        fleet.bond = bond - amount;
        emit BondWithdrawn(fleetId, to, amount);
        IERC20(fleet.currency).safeTransfer(to, amount);
    }

    /// @inheritdoc ICapacityLease
    function pullTill(uint48 fleetId) external returns (uint96 rent, uint64 energyWh) {
        FleetAccount storage fleet = _fleets[fleetId];
        require(fleet.revenue == msg.sender, CapacityLease_NotRevenue(fleetId, msg.sender));
        FleetMoney memory money = fleet.money.load();
        (rent, energyWh) = (money.till, money.tillWh);
        // Unchecked: no more than exists. If it did wrap, more would count as at risk than is, and nobody would be stopped from leaving.
        unchecked {
            money.pulled += rent;
        }
        (money.till, money.tillWh) = (0, 0);
        fleet.money.store(money);
        emit TillPulled(fleetId, msg.sender, rent, energyWh);
        // Last, with the books closed: it needs no guard.
        if (rent != 0) IERC20(fleet.currency).safeTransfer(msg.sender, rent);
    }

    /// @inheritdoc ICapacityLease
    function releaseRisk(uint48 fleetId) external {
        FleetAccount storage fleet = _fleets[fleetId];
        FleetMoney memory money = fleet.money.load();
        require(money.pulled != 0, CapacityLease_ZeroAmount());
        emit RiskReleased(fleetId, money.pulled);
        _settleRisk(fleet, money, 0);
        fleet.money.store(money);
    }

    // ------------------------------------------------------------------ //
    // Views
    // ------------------------------------------------------------------ //

    /// @inheritdoc ICapacityLease
    function leaseOf(uint256 leaseId) external view returns (Lease memory) {
        return _existing(leaseId);
    }

    /// @inheritdoc ICapacityLease
    function fleetAccountOf(uint48 fleetId) external view returns (FleetAccount memory) {
        return _fleets[fleetId];
    }

    /// @inheritdoc ICapacityLease
    function runwayOf(uint256 leaseId) external view returns (uint256) {
        return _runway(_booksOf(_openLease(leaseId)));
    }

    /// @inheritdoc ICapacityLease
    function runwayFor(LeaseRequest calldata request) external view returns (uint256) {
        uint256 duration = request.end > request.start ? request.end - request.start : 0;
        uint32 notice = FLEETS.termsOf(request.fleetId).notice;
        return LeaseMath.runwayUp(request.units, request.rate, _covered(notice, duration));
    }

    /// @inheritdoc ICapacityLease
    function meterIdOf(uint256 leaseId) external view returns (uint256) {
        _existing(leaseId);
        return _meterId(leaseId);
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    /// @dev Copies, the first time, what never changes of a listed fleet.
    function _bind(uint48 fleetId, IFleetRegistry.FleetTerms memory fleetTerms)
        private
        returns (FleetAccount storage fleet)
    {
        fleet = _fleets[fleetId];
        if (fleet.currency == address(0)) {
            fleet.currency = fleetTerms.currency;
            fleet.revenue = fleetTerms.revenue;
        }
    }

    function _pull(IERC20 currency, address from, uint256 amount) private {
        uint256 before = currency.balanceOf(address(this));
        currency.safeTransferFrom(from, address(this), amount);
        _requireReceived(currency, before, amount);
    }

    /// @dev A token that keeps a fee would leave the books short of what they owe.
    function _requireReceived(IERC20 currency, uint256 before, uint256 amount) private view {
        uint256 received = currency.balanceOf(address(this)) - before;
        require(received == amount, CapacityLease_WrongAmountReceived(amount, received));
    }
}
