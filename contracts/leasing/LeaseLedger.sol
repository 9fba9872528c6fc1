// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMeterOracle} from "../metering/IMeterOracle.sol";
import {ICapacityLease} from "./ICapacityLease.sol";
import {LeaseMath} from "./LeaseMath.sol";
import {LeaseSlots} from "./LeaseSlots.sol";
import {Reading} from "./Reading.sol";

/// @title The books of all leases and fleets, and the one way rent moves in them: settlement
/// @dev No token moves here. CapacityLease adds the edges where it does.
abstract contract LeaseLedger is ICapacityLease {
    using LeaseSlots for *;

    /// @dev A lease's words in memory while it settles.
    struct Books {
        Terms terms;
        State state;
        Account account;
        Totals totals;
    }

    /// @dev What one settlement moved, for its event.
    struct Moved {
        uint96 creditPaid;
        uint96 setOff;
        uint96 rentPaid;
    }

    uint256 internal constant SUNSET = 14 days;
    uint256 private constant LEASE_METER = 1 << 248;

    IMeterOracle internal immutable ORACLE;
    uint256 internal immutable GENESIS;
    uint256 internal immutable EPOCH_LENGTH;
    /// @dev What a runway covers beyond the notice: 2 L + D + dispute, the time from delivery to the settlement that sees it.
    uint256 private immutable RUNWAY_TAIL;

    mapping(uint256 leaseId => Lease) internal _leases;
    mapping(uint256 fleetId => FleetAccount) internal _fleets;
    /// @inheritdoc ICapacityLease
    /// @dev The sum of every `held`, `till` and `pulled` in the currency. Rent goes from the one to the next and leaves it as `_settleRisk` says:
    /// neither an ordinary settlement nor a distribution pays for another slot.
    mapping(address currency => uint256) public override atRisk;

    constructor(IMeterOracle oracle) {
        ORACLE = oracle;
        GENESIS = oracle.genesis();
        EPOCH_LENGTH = oracle.epochLength();
        RUNWAY_TAIL = 2 * EPOCH_LENGTH + oracle.observationDelay() + oracle.disputeWindow();
    }

    // ------------------------------------------------------------------ //
    // Settlement
    // ------------------------------------------------------------------ //

    /// @inheritdoc ICapacityLease
    function settle(uint256 leaseId, uint64 epoch, uint256 reading, bytes32[] calldata proof) external {
        if (!_isNewer(_existing(leaseId).account, epoch)) return;

        bytes32 root = ORACLE.finalRoot(epoch);
        bool proven = MerkleProof.verifyCalldata(proof, root, _leaf(leaseId, reading));
        require(proven, CapacityLease_WrongProof(epoch, leaseId));

        _settle(leaseId, epoch, Reading.wrap(reading));
    }

    /// @inheritdoc ICapacityLease
    function settleMany(
        uint64 epoch,
        uint256[] calldata leaseIds,
        uint256[] calldata readings,
        bytes32[] calldata proof,
        bool[] calldata proofFlags
    ) external {
        require(leaseIds.length == readings.length, CapacityLease_LengthMismatch(leaseIds.length, readings.length));
        bytes32[] memory leaves = new bytes32[](leaseIds.length);
        for (uint256 i = 0; i < leaves.length; ++i) {
            leaves[i] = _leaf(leaseIds[i], readings[i]);
        }
        bytes32 root = ORACLE.finalRoot(epoch);
        bool proven = MerkleProof.multiProofVerifyCalldata(proof, proofFlags, root, leaves);
        require(proven, CapacityLease_WrongMultiproof(epoch));
        for (uint256 i = 0; i < leaseIds.length; ++i) {
            if (_isNewer(_existing(leaseIds[i]).account, epoch)) {
                _settle(leaseIds[i], epoch, Reading.wrap(readings[i]));
            }
        }
    }

    /// @dev Charges the difference of totals. Credit comes before rent: it enters escrow from the bond, and what the bond lacks is
    /// set off against rent. What escrow lacks is debt.
    function _settle(uint256 leaseId, uint64 epoch, Reading reading) private {
        Lease storage lease = _leases[leaseId];
        Books memory books = _booksOf(lease);
        FleetAccount storage fleet = _fleets[books.terms.fleetId];
        FleetMoney memory money = fleet.money.load();
        uint256 periodEnd = _periodEnd(epoch);
        uint256 termEnd = _termEnd(books.terms, books.state);

        uint96 unpaidBefore = books.state.creditUnpaid;
        Moved memory moved = _charge(books, money, fleet, reading, periodEnd, termEnd);
        _settleRisk(fleet, money, moved.creditPaid);
        // A report of an epoch is mined after the epoch, so the epoch of one that stands fits 40 bits as its time does.
        books.account.settledEpoch = uint40(epoch);

        lease.account.store(books.account);
        lease.totals.store(books.totals);
        fleet.money.store(money);
        lease.reading = reading;
        if (books.state.creditUnpaid != unpaidBefore) lease.state.creditUnpaid = books.state.creditUnpaid;
        _emitSettled(leaseId, epoch, reading, books, moved);

        if (periodEnd >= termEnd) _close(leaseId, lease, false);
        else _reviewRunway(leaseId, lease, books);
    }

    function _emitSettled(uint256 leaseId, uint64 epoch, Reading reading, Books memory books, Moved memory moved)
        private
    {
        emit Settled(
            leaseId,
            epoch,
            Reading.unwrap(reading),
            books.account.owed,
            books.totals.creditOwed,
            moved.creditPaid,
            moved.setOff,
            moved.rentPaid,
            books.account.held,
            books.totals.debt
        );
    }

    /// @dev Changes `books` and `money` in memory, and the fleet's bond, which an ordinary settlement need not look at.
    function _charge(
        Books memory books,
        FleetMoney memory money,
        FleetAccount storage fleet,
        Reading reading,
        uint256 periodEnd,
        uint256 termEnd
    ) private returns (Moved memory moved) {
        (Account memory account, Totals memory totals) = (books.account, books.totals);
        (uint96 owed, uint96 credit, uint48 energyWh) = _totals(books, reading, periodEnd, termEnd);

        // Credit: from the bond into escrow, then against what is due.
        uint96 unpaid = books.state.creditUnpaid + (credit - totals.creditOwed);
        uint96 due = totals.debt + (owed - account.owed);
        if (unpaid != 0) {
            moved.creditPaid = _min(unpaid, fleet.bond);
            if (moved.creditPaid != 0) fleet.bond -= moved.creditPaid;
            unpaid -= moved.creditPaid;
        }
        moved.setOff = _min(unpaid, due);
        unpaid -= moved.setOff;
        due -= moved.setOff;

        // Rent: from escrow into the till.
        account.held += moved.creditPaid;
        moved.rentPaid = _min(account.held, due);
        account.held -= moved.rentPaid;
        money.till += moved.rentPaid;
        money.tillWh += energyWh - totals.energyWh;

        account.owed = owed;
        totals.creditOwed = credit;
        totals.debt = due - moved.rentPaid;
        totals.energyWh = energyWh;
        books.state.creditUnpaid = unpaid;
    }

    /// @dev Takes what was pulled from the till off what is at risk, and adds credit that came out of a bond. Changes `money` in memory.
    function _settleRisk(FleetAccount storage fleet, FleetMoney memory money, uint256 creditPaid) internal {
        if (money.pulled == 0 && creditPaid == 0) return;
        atRisk[fleet.currency] = atRisk[fleet.currency] + creditPaid - money.pulled;
        money.pulled = 0;
    }

    /// @dev The totals at a reading. None ever falls: a reading lower than the last one charges nothing.
    function _totals(Books memory books, Reading reading, uint256 periodEnd, uint256 termEnd)
        private
        pure
        returns (uint96 owed, uint96 credit, uint48 energyWh)
    {
        (Terms memory terms, State memory state) = (books.terms, books.state);
        uint256 max = LeaseMath.maxUnitSeconds(terms.units, terms.start, termEnd, periodEnd);

        owed = LeaseMath.owedDown(reading, max, terms.rate);
        if (owed < books.account.owed) owed = books.account.owed;
        credit = LeaseMath.creditDown(reading, max, terms.rate, state.penaltyBps, owed, state.creditCapBps);
        if (credit < books.totals.creditOwed) credit = books.totals.creditOwed;
        energyWh = LeaseMath.energyDown(reading, max, state.boardWatts);
        if (energyWh < books.totals.energyWh) energyWh = books.totals.energyWh;
    }

    // ------------------------------------------------------------------ //
    // Suspension and end
    // ------------------------------------------------------------------ //

    /// @inheritdoc ICapacityLease
    function terminate(uint256 leaseId) external {
        Lease storage lease = _openLease(leaseId);
        State storage state = lease.state;
        require(state.suspendedAt != 0, CapacityLease_NotSuspended(leaseId));
        uint256 until = uint256(state.suspendedAt) + state.notice;
        require(block.timestamp >= until, CapacityLease_NoticeRunning(leaseId, until));
        uint256 stop = block.timestamp - block.timestamp % EPOCH_LENGTH + EPOCH_LENGTH;
        uint256 termEnd = _termEnd(lease.terms, state);
        require(stop < termEnd, CapacityLease_AlreadyStopping(leaseId, termEnd));

        state.stop = uint40(stop);
        emit Terminated(leaseId, uint40(stop));
    }

    /// @inheritdoc ICapacityLease
    function sunsetClose(uint256 leaseId) external {
        Lease storage lease = _openLease(leaseId);
        uint256 forgotten = _termEnd(lease.terms, lease.state) + SUNSET;
        if (block.timestamp < forgotten) {
            uint64 head = ORACLE.headEpoch();
            uint256 minedAt = head == 0 ? 0 : ORACLE.standing(head).minedAt;
            uint256 until = Math.min(Math.max(lease.terms.start, minedAt) + SUNSET, forgotten);
            require(block.timestamp >= until, CapacityLease_SunsetNotReached(leaseId, until));
            // The newest report is final by now. What it says of the lease is charged first, or it would be lost to whoever is owed.
            bool covered = head > lease.account.settledEpoch && _periodEnd(head) > lease.terms.start;
            require(!covered, CapacityLease_SettleFirst(leaseId, head));
        }
        _close(leaseId, lease, true);
    }

    /// @dev Releases the units and leaves what escrow holds to the holder. Credit the bond could not pay lapses.
    function _close(uint256 leaseId, Lease storage lease, bool atSunset) private {
        uint96 lapsed = lease.state.creditUnpaid;
        lease.state.creditUnpaid = 0;
        lease.account.closed = true;
        FleetAccount storage fleet = _fleets[lease.terms.fleetId];
        fleet.openLeases -= 1;
        fleet.unitsCommitted -= lease.terms.units;
        emit Closed(leaseId, lease.account.held, lapsed, lease.totals.debt, atSunset);
    }

    /// @dev Suspends a lease whose escrow fell below its runway, or that is in debt; resumes one that is whole again.
    function _reviewRunway(uint256 leaseId, Lease storage lease, Books memory books) internal {
        uint96 held = books.account.held;
        uint256 runway = _runway(books);
        bool short = held < runway || books.totals.debt != 0;
        bool suspended = books.state.suspendedAt != 0;
        if (short == suspended) return;

        lease.state.suspendedAt = short ? uint40(block.timestamp) : 0;
        if (short) emit Suspended(leaseId, held, runway);
        else emit Resumed(leaseId, held, runway);
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    /// @dev ceil(units x rate x min(notice + 2 L + D + dispute, termEnd - settledTo) / 3600).
    function _runway(Books memory books) internal view returns (uint256) {
        (Terms memory terms, State memory state) = (books.terms, books.state);
        uint256 epoch = books.account.settledEpoch;
        uint256 settledTo = epoch == 0 ? terms.start : Math.max(terms.start, _periodEnd(epoch));
        uint256 termEnd = _termEnd(terms, state);
        uint256 left = termEnd > settledTo ? termEnd - settledTo : 0;
        return LeaseMath.runwayUp(terms.units, terms.rate, _covered(state.notice, left));
    }

    /// @dev How long a runway must last: what is left of the term, at most the notice and the time until a settlement sees a delivery.
    function _covered(uint256 notice, uint256 left) internal view returns (uint256) {
        return Math.min(notice + RUNWAY_TAIL, left);
    }

    function _periodEnd(uint256 epoch) private view returns (uint256) {
        return GENESIS + (epoch + 1) * EPOCH_LENGTH;
    }

    function _termEnd(Terms memory terms, State memory state) private pure returns (uint256) {
        return state.stop == 0 ? terms.end : Math.min(terms.end, state.stop);
    }

    /// @dev The leaf of `@openzeppelin/merkle-tree`'s StandardMerkleTree over (uint256 meterId, uint256 reading).
    function _leaf(uint256 leaseId, uint256 reading) private view returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(_meterId(leaseId), reading))));
    }

    function _meterId(uint256 leaseId) internal view returns (uint256) {
        return LEASE_METER | uint256(uint160(address(this))) << 88 | leaseId;
    }

    /// @dev A settled or closed lease is left alone rather than refused: whoever comes second must not fail for it.
    function _isNewer(Account storage account, uint64 epoch) private view returns (bool) {
        return !account.closed && epoch > account.settledEpoch;
    }

    function _booksOf(Lease storage lease) internal view returns (Books memory) {
        return Books(lease.terms.load(), lease.state.load(), lease.account.load(), lease.totals.load());
    }

    function _existing(uint256 leaseId) internal view returns (Lease storage lease) {
        lease = _leases[leaseId];
        require(lease.terms.units != 0, CapacityLease_UnknownLease(leaseId));
    }

    function _openLease(uint256 leaseId) internal view returns (Lease storage lease) {
        lease = _existing(leaseId);
        require(!lease.account.closed, CapacityLease_LeaseClosed(leaseId));
    }

    function _min(uint96 a, uint96 b) private pure returns (uint96) {
        return a < b ? a : b;
    }
}
