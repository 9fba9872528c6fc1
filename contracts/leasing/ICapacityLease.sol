// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Reading} from "./Reading.sol";

/// @title Capacity leases: the right to N units of a fleet from `start` to `end` at `rate`, paid only for what a meter saw delivered
/// @notice Amounts are in the smallest unit of the fleet's settlement currency, times are Unix seconds, counters are unit-seconds or Wh.
interface ICapacityLease {
    /// @notice What a tenant asks for. Its hash, keccak256(abi.encode(request)), is the nonce of an ERC-3009 authorisation.
    /// @param fleetId The fleet leased from
    /// @param units How many of its units
    /// @param start An epoch boundary at least two epochs and at most 30 days ahead
    /// @param end A later epoch boundary
    /// @param rate The list rate the tenant agreed to, smallest units per unit-hour
    /// @param escrow What is paid in now, at least the runway
    /// @param holder Who gets the lease
    struct LeaseRequest {
        uint48 fleetId;
        uint32 units;
        uint40 start;
        uint40 end;
        uint96 rate;
        uint96 escrow;
        address holder;
    }

    /// @notice What a lease was opened at. Slot 1 of a lease: rate 96 | units 32 | start 40 | end 40 | fleetId 48.
    struct Terms {
        uint96 rate;
        uint32 units;
        uint40 start;
        uint40 end;
        uint48 fleetId;
    }

    /// @notice Slot 2: what changes rarely (`stop` and `suspendedAt` are 0 while they are not; `creditUnpaid` waits for bond or rent), and
    /// four fixed terms.
    struct State {
        uint40 stop;
        uint40 suspendedAt;
        uint96 creditUnpaid;
        uint16 penaltyBps;
        uint16 creditCapBps;
        uint32 notice;
        uint16 boardWatts;
    }

    /// @notice Slot 3: the escrow held, rent owed since the lease began, and the epoch settled to.
    struct Account {
        uint96 held;
        uint96 owed;
        uint40 settledEpoch;
        uint16 availabilityBps;
        bool closed;
    }

    /// @notice Slot 4: SLA credit owed and energy charged for since the lease began, and the rent that escrow could not pay.
    struct Totals {
        uint96 creditOwed;
        uint96 debt;
        uint48 energyWh;
    }

    /// @notice A lease, five slots. The last is the reading it was last settled at, whole.
    struct Lease {
        Terms terms;
        State state;
        Account account;
        Totals totals;
        Reading reading;
    }

    /// @notice The part of a fleet's account that every settlement changes, one slot: rent and Wh not yet distributed, and the rent that was
    /// and still counts as at risk, until the next settlement.
    struct FleetMoney {
        uint96 till;
        uint96 pulled;
        uint64 tillWh;
    }

    /// @notice A fleet's account in this contract, three slots.
    struct FleetAccount {
        FleetMoney money;
        address revenue;
        uint32 openLeases;
        uint32 unitsCommitted;
        address currency;
        uint96 bond;
    }

    event LeaseOpened(
        uint256 indexed leaseId,
        uint48 indexed fleetId,
        address indexed holder,
        address payer,
        LeaseRequest request,
        uint16 availabilityBps,
        uint16 penaltyBps,
        uint16 creditCapBps,
        uint16 boardWatts,
        uint32 notice
    );
    /// @notice `amount` came in; `debtPaid` of it went to the till at once, the rest into escrow.
    event ToppedUp(uint256 indexed leaseId, address indexed payer, uint96 amount, uint96 debtPaid);
    event Allocated(uint256 indexed leaseId, uint32 version, bytes32 bodyHash);
    /// @notice A lease was brought to `reading`. `owed` and `creditOwed` are totals since the lease began; the rest is what this
    /// settlement moved (bond to escrow `creditPaid`, credit against rent `setOff`, escrow to till `rentPaid`) and left (`held`, `debt`).
    event Settled(
        uint256 indexed leaseId,
        uint64 indexed epoch,
        uint256 reading,
        uint96 owed,
        uint96 creditOwed,
        uint96 creditPaid,
        uint96 setOff,
        uint96 rentPaid,
        uint96 held,
        uint96 debt
    );
    event Suspended(uint256 indexed leaseId, uint96 held, uint256 runway);
    event Resumed(uint256 indexed leaseId, uint96 held, uint256 runway);
    event Terminated(uint256 indexed leaseId, uint40 stop);
    /// @notice The lease is over: `refundable` stays for its holder, `creditLapsed` was owed by a bond that lacked it, `debt` stays unpaid.
    event Closed(uint256 indexed leaseId, uint96 refundable, uint96 creditLapsed, uint96 debt, bool atSunset);
    event Refunded(uint256 indexed leaseId, address indexed to, uint96 amount);
    event BondDeposited(uint48 indexed fleetId, address indexed payer, uint96 amount);
    event BondWithdrawn(uint48 indexed fleetId, address indexed to, uint96 amount);
    event TillPulled(uint48 indexed fleetId, address indexed revenue, uint96 rent, uint64 energyWh);
    event RiskReleased(uint48 indexed fleetId, uint96 pulled);

    error CapacityLease_UnknownLease(uint256 leaseId);
    error CapacityLease_LeaseClosed(uint256 leaseId);
    error CapacityLease_LeaseOpen(uint256 leaseId);
    error CapacityLease_NotHolder(uint256 leaseId, address caller);
    error CapacityLease_NotRevenue(uint256 fleetId, address caller);
    error CapacityLease_ZeroUnits();
    error CapacityLease_ZeroAmount();
    error CapacityLease_ZeroAddress();
    error CapacityLease_RateMismatch(uint96 listRate, uint96 rate);
    error CapacityLease_NotEnoughUnits(uint256 free, uint256 units);
    error CapacityLease_OffGrid(uint256 time, uint256 epochLength);
    error CapacityLease_StartTooSoon(uint256 earliest, uint256 start);
    error CapacityLease_StartTooLate(uint256 latest, uint256 start);
    error CapacityLease_EndNotAfterStart(uint256 start, uint256 end);
    error CapacityLease_ValueTooLarge(uint256 value, uint256 max);
    error CapacityLease_EscrowBelowRunway(uint256 runway, uint256 escrow);
    error CapacityLease_WrongAmountReceived(uint256 expected, uint256 received);
    error CapacityLease_WrongProof(uint64 epoch, uint256 leaseId);
    error CapacityLease_WrongMultiproof(uint64 epoch);
    error CapacityLease_LengthMismatch(uint256 leases, uint256 readings);
    error CapacityLease_NotSuspended(uint256 leaseId);
    error CapacityLease_NoticeRunning(uint256 leaseId, uint256 until);
    error CapacityLease_AlreadyStopping(uint256 leaseId, uint256 stop);
    error CapacityLease_SunsetNotReached(uint256 leaseId, uint256 until);
    error CapacityLease_SettleFirst(uint256 leaseId, uint64 epoch);
    error CapacityLease_FleetHasOpenLeases(uint256 fleetId, uint256 openLeases);
    error CapacityLease_BondTooSmall(uint256 fleetId, uint256 bond, uint256 amount);
    error CapacityLease_CoverTooSmall(address currency, uint256 cover, uint256 atRisk);

    /// @notice Opens a lease with escrow the caller approved. Reverts with the first term that does not hold; so it does when the nodes' bonds
    /// in the currency do not cover what would be at risk.
    function open(LeaseRequest calldata request) external returns (uint256 leaseId);

    /// @notice Like `open`, with an ERC-2612 permit of `request.escrow`; a permit that someone else already used does no harm.
    function openWithPermit(LeaseRequest calldata request, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        returns (uint256 leaseId);

    /// @notice Like `open`, paid by `payer`'s ERC-3009 `receiveWithAuthorization` whose nonce is the request's hash; anyone may relay it.
    function openWithAuthorization(
        LeaseRequest calldata request,
        address payer,
        uint256 validAfter,
        uint256 validBefore,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint256 leaseId);

    /// @notice Adds to the escrow of an open lease, its debt first. Anyone may.
    function topUp(uint256 leaseId, uint96 amount) external;

    /// @notice Says which GPUs serve a lease from the next epoch on: the hash of the list the site serves, proven into inventory
    /// `version`; a zero hash takes them all away. Operator only.
    function allocate(uint256 leaseId, uint32 version, bytes32 bodyHash) external;

    /// @notice Brings a lease to its reading in a final report, charges the difference of totals, and closes it when its term is over.
    /// Anyone may; a report that is not newer than the last one settled changes nothing.
    function settle(uint256 leaseId, uint64 epoch, uint256 reading, bytes32[] calldata proof) external;

    /// @notice `settle` for many leases under one multiproof; leases are given in the proof's leaf order. Those closed or already
    /// settled are skipped.
    function settleMany(
        uint64 epoch,
        uint256[] calldata leaseIds,
        uint256[] calldata readings,
        bytes32[] calldata proof,
        bool[] calldata proofFlags
    ) external;

    /// @notice Stops a lease at the next epoch boundary once it has been suspended for its notice. Anyone may.
    function terminate(uint256 leaseId) external;

    /// @notice Closes a lease at its last settled reading when nothing better is to be had: nobody is held hostage by a silent oracle, nor
    /// by one that leaves a lease out. Either 14 days have passed since the later of its start and the newest report (and the lease is
    /// settled to that report, if it covers the lease), or 14 days since its term ended. Anyone may; whoever is owed rent or credit
    /// settles before that.
    function sunsetClose(uint256 leaseId) external;

    /// @notice Pays what is left of a closed lease's escrow to `to`. Holder only.
    function withdrawRefund(uint256 leaseId, address to) external returns (uint96 amount);

    /// @notice Adds to the bond SLA credits of a fleet are paid from. Anyone may, once the fleet is listed.
    function depositBond(uint48 fleetId, uint96 amount) external;

    /// @notice Takes bond out while none of the fleet's leases is open. Operator only.
    function withdrawBond(uint48 fleetId, uint96 amount, address to) external;

    /// @notice Hands the till to the fleet's waterfall, with the Wh metered for it. Waterfall only.
    function pullTill(uint48 fleetId) external returns (uint96 rent, uint64 energyWh);

    /// @notice A lease's terms and standing. Reverts with `UnknownLease`.
    function leaseOf(uint256 leaseId) external view returns (Lease memory);

    /// @notice A fleet's till, bond and commitments.
    function fleetAccountOf(uint48 fleetId) external view returns (FleetAccount memory);

    /// @notice Takes the rent a waterfall has pulled off what is at risk, as the fleet's next settlement would. Anyone.
    function releaseRisk(uint48 fleetId) external;

    /// @notice What the nodes' bonds must cover in a stablecoin: the escrow of all leases, the tills of all fleets, and what was pulled from
    /// a till since the fleet's last settlement.
    function atRisk(address currency) external view returns (uint256);

    /// @notice The escrow an open lease needs not to be suspended, after what has been settled.
    function runwayOf(uint256 leaseId) external view returns (uint256);

    /// @notice The escrow a request needs at least.
    function runwayFor(LeaseRequest calldata request) external view returns (uint256);

    /// @notice The meter of a lease: `1 << 248 | this << 88 | leaseId`.
    function meterIdOf(uint256 leaseId) external view returns (uint256);
}
