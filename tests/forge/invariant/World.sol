// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {Reading} from "../../../contracts/leasing/Reading.sol";
import {IFleetRegistry} from "../../../contracts/fleet/IFleetRegistry.sol";
import {IMeterOracle} from "../../../contracts/metering/IMeterOracle.sol";
import {FleetShare} from "../../../contracts/revenue/FleetShare.sol";
import {IRevenueWaterfall} from "../../../contracts/revenue/IRevenueWaterfall.sol";
import {RevenueWaterfall} from "../../../contracts/revenue/RevenueWaterfall.sol";
import {TestUSD} from "../../../contracts/testing/TestUSD.sol";
import {Merkle} from "../support/Merkle.sol";
import {Stack} from "../support/Stack.sol";
import {Replay} from "./Replay.sol";

/// @title Two fleets, three tenants, four investors, one quorum, and all they can do
/// @dev Each action does one thing that must succeed, or discards itself with `vm.assume` when there is nothing to do. Leases are opened in
/// pairs of equals, an odd and an even one: the odd is settled often, the even seldom (I8). What an action sees go wrong it counts, and
/// the invariants say that nothing did.
contract World is Stack {
    struct Posted {
        uint64 epoch;
        uint256[] leaseIds;
        uint256[] readings;
        bytes32[] tree;
    }

    uint256 private constant RING = 512;
    uint256 private constant INVESTORS = 4;

    Replay public replay;
    uint256 public leaseCount;
    uint48[] private _fleetIds;
    RevenueWaterfall[] private _waterfalls;
    FleetShare[] private _shares;
    address[] private _tenants;
    address[] private _investors;
    address[] private _operators;
    Posted[] private _posted;
    mapping(uint256 leaseId => Reading) private _truth;

    uint256 public pastIncomeChanges;
    uint256 public forgeriesAccepted;
    uint256 public epochsGoneBack;
    uint256 public countersGoneBack;
    uint256 public oldSettlementsThatChanged;
    uint256 public transfersWhilePaused;

    /// @dev Lets the replay read what the action logged.
    modifier recorded() {
        vm.recordLogs();
        _;
        replay.read(vm.getRecordedLogs());
    }

    function setUp() public override {
        vm.warp(GENESIS);
        _deploy(4);
        replay = new Replay(address(leases), address(factory), GENESIS, L);
        _tenants = [makeAddr("tenant one"), makeAddr("tenant two"), makeAddr("tenant three")];
        _investors = [investor, makeAddr("second"), makeAddr("third"), makeAddr("fourth")];
        _operators = [operator, makeAddr("other operator")];
        _addFleet(_operators[0], 2);
        _addFleet(_operators[1], 4);
    }

    /// @notice Some days of ordinary life, after which leases run, tills fill and streams flow.
    function begin() external {
        for (uint256 i = 0; i < 8; ++i) {
            this.open(i, 3, 100 + 25 * uint40(i), 0);
            this.depositBond(i, 20e6);
        }
        for (uint256 i = 0; i < 4; ++i) {
            this.report(i);
            this.settleAll();
            this.distribute(i);
        }
    }

    /// @dev Distributed daily, so that a run sees many periods, with coupons that a bad day cannot pay.
    function _addFleet(address operator_, uint256 tranches) private recorded {
        vm.startPrank(operator_);
        uint48 id = registry.propose(_spec(address(usd), UNITS));
        registry.publishInventory(id, keccak256("inventory"), UNITS);
        vm.stopPrank();
        IRevenueWaterfall.Terms memory terms = _terms(id, address(usd));
        terms.period = 1 days;
        terms.reserveTarget = 1000e6;
        IRevenueWaterfall.Tranche[] memory list = new IRevenueWaterfall.Tranche[](tranches);
        for (uint256 i = 0; i < tranches; ++i) {
            list[i] = IRevenueWaterfall.Tranche({face: 500_003e6, couponBps: i + 1 < tranches ? 1000 : 0});
        }
        vm.startPrank(issuer);
        (address made, address[] memory shares_) = factory.create(terms, list, investor);
        registry.list(id, made);
        vm.stopPrank();
        _fleetIds.push(id);
        _waterfalls.push(RevenueWaterfall(made));
        for (uint256 i = 0; i < tranches; ++i) {
            _shares.push(FleetShare(shares_[i]));
        }
    }

    // ------------------------------------------------------------------ //
    // Tenants
    // ------------------------------------------------------------------ //

    /// @notice Opens two equal leases, with an escrow from the runway to a little more than the whole price.
    function open(uint256 seed, uint32 units, uint40 epochs, uint96 escrow) external recorded {
        seed = _mix(seed);
        fleetId = _fleetIds[seed % 2];
        tenant = _tenants[(seed >> 8) % 3];
        vm.assume(_isListed(fleetId));
        uint256 free = UNITS - leases.fleetAccountOf(fleetId).unitsCommitted;
        vm.assume(free >= 2);
        ICapacityLease.LeaseRequest memory request =
            _request(uint32(bound(units, 1, free / 2)), uint40(bound(epochs, 1, 300)) * L);
        request.rate = registry.termsOf(fleetId).listRate;
        uint256 price = uint256(request.units) * request.rate * (request.end - request.start) / 3600;
        request.escrow = uint96(bound(escrow, leases.runwayFor(request), price + price / 8 + 1));
        _open(request);
        leaseCount = _open(request);
    }

    function topUp(uint256 seed, uint96 amount) external recorded {
        seed = _mix(seed);
        uint256 leaseId = _anyLease(seed, _isOpen);
        address payer = _tenants[(seed >> 8) % 3];
        amount = uint96(bound(amount, 1, 2000e6));
        _fund(payer, amount);
        vm.prank(payer);
        leases.topUp(leaseId, amount);
    }

    /// @notice Passes a lease on, open or closed: what is owed and refunded goes with it.
    function passOn(uint256 seed) external recorded {
        seed = _mix(seed);
        vm.assume(leaseCount != 0);
        uint256 leaseId = seed % leaseCount + 1;
        address holder = leases.ownerOf(leaseId);
        vm.prank(holder);
        leases.transferFrom(holder, _tenants[(seed >> 8) % 3], leaseId);
    }

    function withdrawRefund(uint256 seed) external recorded {
        seed = _mix(seed);
        uint256 leaseId = _anyLease(seed, _isRefundable);
        vm.prank(leases.ownerOf(leaseId));
        leases.withdrawRefund(leaseId, _tenants[(seed >> 8) % 3]);
    }

    /// @notice Terminates a suspended lease, at the end of its notice when that still runs.
    function terminate(uint256 seed) external recorded {
        seed = _mix(seed);
        uint256 leaseId = _anyLease(seed, _isSuspended);
        ICapacityLease.Lease memory lease = leases.leaseOf(leaseId);
        _warpTo(uint256(lease.state.suspendedAt) + lease.state.notice);
        vm.assume(lease.state.stop == 0 && block.timestamp / L * L + L < lease.terms.end);
        leases.terminate(leaseId);
    }

    /// @notice Now and then the oracle falls silent for two weeks, and the leases of a fleet, or one of them, are closed for it.
    function sunsetClose(uint256 seed) external recorded {
        seed = _mix(seed);
        vm.assume(seed >> 248 & 3 == 0);
        uint256 first = _anyLease(seed, _isOpen);
        uint48 id = leases.leaseOf(first).terms.fleetId;
        Posted storage newest = _posted[_posted.length - 1];
        uint256 minedAt = oracle.standing(newest.epoch).minedAt;
        for (uint256 leaseId = first; leaseId <= leaseCount; ++leaseId) {
            ICapacityLease.Lease memory lease = leases.leaseOf(leaseId);
            if (lease.account.closed || lease.terms.fleetId != id) continue;
            _warpTo((lease.terms.start > minedAt ? lease.terms.start : minedAt) + 14 days);
            // Whoever is owed for it settles first, which may close it.
            for (uint256 at = 0; at < newest.leaseIds.length; ++at) {
                if (newest.leaseIds[at] == leaseId) _settle(newest, at);
            }
            if (_isOpen(leaseId)) leases.sunsetClose(leaseId);
        }
    }

    // ------------------------------------------------------------------ //
    // Operators and the issuer
    // ------------------------------------------------------------------ //

    function depositBond(uint256 seed, uint96 amount) external recorded {
        seed = _mix(seed);
        uint48 id = _fleetIds[seed % 2];
        vm.assume(_isListed(id) || leases.fleetAccountOf(id).currency != address(0));
        amount = uint96(bound(amount, 1, 300e6));
        _fund(operator, amount);
        vm.prank(operator);
        leases.depositBond(id, amount);
    }

    function withdrawBond(uint256 seed, uint96 amount) external recorded {
        seed = _mix(seed);
        uint48 id = _fleetIds[seed % 2];
        ICapacityLease.FleetAccount memory account = leases.fleetAccountOf(id);
        vm.assume(account.openLeases == 0 && account.bond != 0);
        vm.prank(_operators[seed % 2]);
        leases.withdrawBond(id, uint96(bound(amount, 1, account.bond)), _operators[seed % 2]);
    }

    function setListRate(uint256 seed, uint96 rate) external recorded {
        seed = _mix(seed);
        vm.prank(_operators[seed % 2]);
        registry.setListRate(_fleetIds[seed % 2], uint96(bound(rate, 1, 10e6)));
    }

    /// @notice Delists a fleet, so that its waterfall may be wound up, or lists it again.
    function relist(uint256 seed) external recorded {
        seed = _mix(seed);
        uint48 id = _fleetIds[seed % 2];
        bool listed = _isListed(id);
        vm.assume(!listed || seed >> 8 & 3 == 0);
        vm.prank(listed ? guardian : issuer);
        if (listed) registry.delist(id);
        else registry.list(id, address(_waterfalls[seed % 2]));
    }

    // ------------------------------------------------------------------ //
    // Nodes
    // ------------------------------------------------------------------ //

    /// @notice Three of four nodes report every open meter, up to a day after the last report. A reading in eight claims the impossible.
    function report(uint256 seed) external recorded {
        seed = _mix(seed);
        uint64 head = oracle.headEpoch();
        uint64 epoch = head + 1;
        if (block.timestamp >= oracle.periodEnd(epoch + 1) + D) epoch = _epochAt(block.timestamp - D) - 1;
        epoch += uint64(seed % 24);
        _warpTo(oracle.periodEnd(epoch) + D);

        Posted storage posted = _posted.push();
        posted.epoch = epoch;
        bytes32[] memory leaves = new bytes32[](leaseCount + 1);
        uint32 count = 0;
        for (uint256 id = 1; id <= leaseCount; ++id) {
            if (!_isOpen(id)) continue;
            // One seed for the two of a pair: as long as they are equal, they read the same.
            _truth[id] = _readOn(id, epoch, uint256(keccak256(abi.encode(seed, (id + 1) / 2))));
            posted.leaseIds.push(id);
            posted.readings.push(Reading.unwrap(_truth[id]));
            leaves[count++] = Merkle.leaf(leases.meterIdOf(id), Reading.unwrap(_truth[id]));
        }
        // A fleet's own meter, on which no money hangs.
        leaves[count++] = Merkle.leaf(2 << 248 | uint256(uint160(address(registry))) << 88 | 1, seed);
        assembly ("memory-safe") {
            mstore(leaves, count)
        }
        posted.tree = Merkle.tree(leaves);

        IMeterOracle.Report memory made = _report(epoch, posted.tree[0], count);
        oracle.submit(made, _signaturesOf(4, seed % 4, _reportDigest(made)));
        if (oracle.headEpoch() <= head) ++epochsGoneBack;
    }

    /// @dev Adds to each counter some of what it may have grown by at the end of `epoch`, most often all.
    function _readOn(uint256 leaseId, uint64 epoch, uint256 seed) private view returns (Reading) {
        Reading last = _truth[leaseId];
        ICapacityLease.Lease memory lease = leases.leaseOf(leaseId);
        uint256 until = oracle.periodEnd(epoch);
        if (until > lease.terms.end) until = lease.terms.end;
        if (lease.state.stop != 0 && until > lease.state.stop) until = lease.state.stop;
        uint256 most = until > lease.terms.start ? lease.terms.units * (until - lease.terms.start) : 0;
        uint256 room = most > last.measured() ? most - last.measured() : 0;
        if (seed % 8 == 0) room = 3 * room + 1;

        uint256 measured = seed >> 8 & 3 == 0 ? (seed >> 16) % (room + 1) : room;
        uint256 delivered = seed >> 10 & 1 == 0 ? (seed >> 64) % (measured + 1) : measured;
        uint256 breached = seed >> 11 & 1 == 0 ? measured - delivered : 0;
        uint256 energyWh = delivered * (seed >> 128 & 1023) / 3600;
        // The counters lie apart in the word, and none outgrows its 48 bits here.
        uint256 increments = _reading(measured, delivered, delivered / 2, breached, energyWh);
        return Reading.wrap((Reading.unwrap(last) >> 16 << 16) + increments + (seed >> 240));
    }

    /// @notice Tries to post what a quorum did not sign: too few signatures, one twice, one spoilt, a stranger's, another root.
    function submitForged(uint256 seed) external recorded {
        seed = _mix(seed);
        uint64 epoch = oracle.headEpoch() + 1;
        if (block.timestamp >= oracle.periodEnd(epoch + 1) + D) epoch = _epochAt(block.timestamp - D) - 1;
        _warpTo(oracle.periodEnd(epoch) + D);
        IMeterOracle.Report memory made = _report(epoch, keccak256(abi.encode(seed)), 1);
        bytes32 digest = _reportDigest(made);
        bytes memory signatures = _signaturesOf(4, seed % 4, digest);
        uint256 how = (seed >> 8) % 5;
        if (how == 0) signatures = _signaturesOf(3, seed % 3, digest);
        if (how == 1) signatures = bytes.concat(_record(1, digest), _record(2, digest), _record(2, digest));
        if (how == 2) signatures[(seed >> 16) % 195] ^= bytes1(uint8(1 << (seed >> 24) % 8));
        if (how == 3) signatures = bytes.concat(_record(0, digest), _record(1, digest), _recordOfAStranger(2, digest));
        if (how == 4) made.root ^= bytes32(uint256(1));
        (bool accepted,) = address(oracle).call(abi.encodeCall(oracle.submit, (made, signatures)));
        if (accepted) ++forgeriesAccepted;
    }

    /// @dev Of the first `n` nodes without one.
    function _signaturesOf(uint256 n, uint256 absent, bytes32 digest) private view returns (bytes memory signatures) {
        for (uint256 i = 0; i < n; ++i) {
            if (i != absent) signatures = bytes.concat(signatures, _record(i, digest));
        }
    }

    function _recordOfAStranger(uint256 index, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(uint256(keccak256("stranger")), digest);
        return abi.encodePacked(uint8(index), r, bytes32(uint256(v - 27) << 255 | uint256(s)));
    }

    // ------------------------------------------------------------------ //
    // Anyone
    // ------------------------------------------------------------------ //

    /// @notice Settles a lease from one of the newest reports, once that is final; one of a pair more often than the other.
    function settle(uint256 seed) external recorded {
        seed = _mix(seed);
        Posted storage posted = _anyFinal(seed);
        uint256 at = (seed >> 8) % posted.leaseIds.length;
        if (posted.leaseIds[at] % 2 == 0 && seed >> 64 & 7 != 0 && at != 0) --at;
        _settle(posted, at);
    }

    /// @notice Settles some leases of one of the newest reports by a multiproof, the even ones seldom.
    function settleMany(uint256 seed) external recorded {
        seed = _mix(seed);
        Posted storage posted = _anyFinal(seed);
        bool all = seed >> 64 & 7 == 0;
        uint256[] memory order = new uint256[](posted.leaseIds.length);
        uint256 count = 0;
        for (uint256 i = 0; i < order.length; ++i) {
            bool wanted = posted.leaseIds[i] % 2 == 1 && seed >> 128 + i % 64 & 1 == 1;
            if (all || wanted) order[count++] = i;
        }
        vm.assume(count != 0);
        _settleMany(posted, order, count);
    }

    /// @notice Brings every lease of the newest report to it.
    function settleAll() external recorded {
        vm.assume(_posted.length != 0);
        Posted storage posted = _posted[_posted.length - 1];
        _warpTo(uint256(oracle.standing(posted.epoch).minedAt) + DISPUTE);
        for (uint256 i = 0; i < posted.leaseIds.length; ++i) {
            _settle(posted, i);
        }
    }

    function _settle(Posted storage posted, uint256 at) private {
        uint256 leaseId = posted.leaseIds[at];
        ICapacityLease.Lease memory before = leases.leaseOf(leaseId);
        bytes32 leaf = Merkle.leaf(leases.meterIdOf(leaseId), posted.readings[at]);
        leases.settle(leaseId, posted.epoch, posted.readings[at], Merkle.proof(posted.tree, leaf));
        _lookBack(leaseId, posted.epoch, before);
    }

    function _settleMany(Posted storage posted, uint256[] memory order, uint256 count) private {
        bytes32[] memory tree = posted.tree;
        uint256[] memory ids = new uint256[](count);
        uint256[] memory readings = new uint256[](count);
        uint256[] memory places = new uint256[](count);
        ICapacityLease.Lease[] memory before = new ICapacityLease.Lease[](count);
        for (uint256 i = 0; i < count; ++i) {
            // Into the proof's order: the leaf deepest in the tree first.
            uint256 id = posted.leaseIds[order[i]];
            uint256 place = Merkle.placeOf(tree, Merkle.leaf(leases.meterIdOf(id), posted.readings[order[i]]));
            uint256 j = i;
            for (; j > 0 && places[j - 1] < place; --j) {
                (ids[j], readings[j], places[j]) = (ids[j - 1], readings[j - 1], places[j - 1]);
            }
            (ids[j], readings[j], places[j]) = (id, posted.readings[order[i]], place);
        }
        for (uint256 i = 0; i < count; ++i) {
            before[i] = leases.leaseOf(ids[i]);
        }
        (bytes32[] memory proof, bool[] memory flags) = Merkle.multiproof(tree, places);
        leases.settleMany(posted.epoch, ids, readings, proof, flags);
        for (uint256 i = 0; i < count; ++i) {
            _lookBack(ids[i], posted.epoch, before[i]);
        }
    }

    /// @dev Settled epochs and counters never fall; a report that is not newer changes nothing.
    function _lookBack(uint256 leaseId, uint64 epoch, ICapacityLease.Lease memory before) private {
        ICapacityLease.Lease memory lease = leases.leaseOf(leaseId);
        if (epoch <= before.account.settledEpoch || before.account.closed) {
            if (keccak256(abi.encode(lease)) != keccak256(abi.encode(before))) ++oldSettlementsThatChanged;
        }
        bool fell = lease.account.settledEpoch < before.account.settledEpoch
            || lease.reading.measured() < before.reading.measured()
            || lease.reading.delivered() < before.reading.delivered()
            || lease.reading.utilised() < before.reading.utilised()
            || lease.reading.breached() < before.reading.breached()
            || lease.reading.energyWh() < before.reading.energyWh();
        if (fell) ++countersGoneBack;
    }

    function distribute(uint256 seed) external recorded {
        seed = _mix(seed);
        RevenueWaterfall chosen = _waterfalls[seed % 2];
        // A fleet is known to the leases from its first lease or bond on.
        vm.assume(leases.fleetAccountOf(_fleetIds[seed % 2]).revenue != address(0));
        uint256 next = (uint256(chosen.lastDistributedAt()) / 1 days + 1) * 1 days;
        if (block.timestamp < next) vm.warp(next + (seed >> 8) % 1 days);
        chosen.distribute();
    }

    /// @notice Takes what was pulled off what is at risk, when no settlement has yet.
    function releaseRisk(uint256 seed) external recorded {
        uint48 id = _fleetIds[_mix(seed) % 2];
        vm.assume(leases.fleetAccountOf(id).money.pulled != 0);
        leases.releaseRisk(id);
    }

    function pass(uint256 time) external recorded {
        vm.warp(block.timestamp + time % 1 days);
    }

    // ------------------------------------------------------------------ //
    // Investors and payees
    // ------------------------------------------------------------------ //

    function transferShares(uint256 seed, uint256 value) external recorded {
        seed = _mix(seed);
        FleetShare share = _shares[seed % _shares.length];
        address from = _investors[(seed >> 8) % INVESTORS];
        if (share.balanceOf(from) == 0) from = investor;
        value = bound(value, 0, share.balanceOf(from));
        bytes32 before = _claimables(share);
        vm.prank(from);
        share.transfer(_investors[(seed >> 16) % INVESTORS], value);
        if (_claimables(share) != before) ++pastIncomeChanges;
    }

    function claim(uint256 seed) external recorded {
        seed = _mix(seed);
        (FleetShare share, address holder) = _anyIncome(seed);
        vm.prank(holder);
        share.claim(_investors[(seed >> 16) % INVESTORS]);
    }

    /// @notice Everyone claims everything.
    function claimAll() external recorded {
        for (uint256 i = 0; i < _shares.length; ++i) {
            for (uint256 h = 0; h < INVESTORS; ++h) {
                if (_shares[i].claimable(_investors[h]) == 0) continue;
                vm.prank(_investors[h]);
                _shares[i].claim(_investors[h]);
            }
        }
    }

    function claimFee(uint256 seed) external recorded {
        seed = _mix(seed);
        RevenueWaterfall chosen = _waterfalls[seed % 2];
        IRevenueWaterfall.Payee payee = IRevenueWaterfall.Payee((seed >> 8) % 3);
        vm.assume(chosen.feeOf(payee) != 0);
        vm.prank([protocolTreasury, oracleTreasury, _operators[seed % 2]][uint256(payee)]);
        chosen.claimFee(payee, protocolTreasury);
    }

    /// @notice Pauses the token: a claim fails and takes nothing from anyone, a settlement goes on. Then it is back.
    function pauseToken(uint256 seed) external recorded {
        seed = _mix(seed);
        (FleetShare share, address holder) = _anyIncome(seed);
        Posted storage posted = _anyFinal(seed >> 16);
        usd.setPaused(true);
        bytes32 before = _claimables(share);
        vm.prank(holder);
        try share.claim(holder) {
            ++transfersWhilePaused;
        } catch (bytes memory reason) {
            if (bytes4(reason) != TestUSD.TestUSD_Paused.selector) ++transfersWhilePaused;
        }
        if (_claimables(share) != before) ++pastIncomeChanges;
        vm.getRecordedLogs(); // with those of the claim, which was undone and so logged nothing
        _settle(posted, (seed >> 24) % posted.leaseIds.length);
        usd.setPaused(false);
    }

    // ------------------------------------------------------------------ //
    // What there is
    // ------------------------------------------------------------------ //

    function fleetIds() external view returns (uint48[] memory) {
        return _fleetIds;
    }

    function waterfalls() external view returns (RevenueWaterfall[] memory) {
        return _waterfalls;
    }

    function shares() external view returns (FleetShare[] memory) {
        return _shares;
    }

    function investors() external view returns (address[] memory) {
        return _investors;
    }

    function contracts() external view returns (address leases_, address oracle_, address usd_) {
        return (address(leases), address(oracle), address(usd));
    }

    // ------------------------------------------------------------------ //
    // Helpers
    // ------------------------------------------------------------------ //

    /// @dev The fuzzer likes small numbers; actions take their choices from all of a word.
    function _mix(uint256 seed) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed)));
    }

    function _warpTo(uint256 time) private {
        if (block.timestamp < time) vm.warp(time);
    }

    function _fund(address who, uint256 amount) private {
        usd.mint(who, amount);
        vm.prank(who);
        usd.approve(address(leases), amount);
    }

    /// @dev One of the four newest reports with leases in it and not yet overwritten, which is final when this returns.
    function _anyFinal(uint256 seed) private returns (Posted storage posted) {
        vm.assume(_posted.length != 0);
        uint256 back = seed % (_posted.length < 4 ? _posted.length : 4);
        posted = _posted[_posted.length - 1 - back];
        vm.assume(posted.leaseIds.length != 0 && oracle.headEpoch() - posted.epoch < RING);
        _warpTo(uint256(oracle.standing(posted.epoch).minedAt) + DISPUTE);
    }

    /// @dev The first holder of the first share to whom anything is owed, from random ones on, or nothing to do.
    function _anyIncome(uint256 seed) private view returns (FleetShare share, address holder) {
        for (uint256 i = 0; i < INVESTORS * _shares.length; ++i) {
            share = _shares[(seed % 64 + i / INVESTORS) % _shares.length];
            holder = _investors[(seed % 64 + i) % INVESTORS];
            if (share.claimable(holder) != 0) return (share, holder);
        }
        vm.assume(false);
    }

    /// @dev The first that `is_` from a random one on, or nothing to do.
    function _anyLease(uint256 seed, function(uint256) view returns (bool) is_) private view returns (uint256) {
        for (uint256 i = 0; i < leaseCount; ++i) {
            uint256 leaseId = (seed % leaseCount + i) % leaseCount + 1;
            if (is_(leaseId)) return leaseId;
        }
        vm.assume(false);
        return 0;
    }

    function _isOpen(uint256 leaseId) private view returns (bool) {
        return !leases.leaseOf(leaseId).account.closed;
    }

    function _isSuspended(uint256 leaseId) private view returns (bool) {
        ICapacityLease.Lease memory lease = leases.leaseOf(leaseId);
        return !lease.account.closed && lease.state.suspendedAt != 0 && lease.state.stop == 0;
    }

    function _isRefundable(uint256 leaseId) private view returns (bool) {
        ICapacityLease.Account memory account = leases.leaseOf(leaseId).account;
        return account.closed && account.held != 0;
    }

    function _isListed(uint48 id) private view returns (bool) {
        (IFleetRegistry.Status status,,) = registry.statusOf(id);
        return status == IFleetRegistry.Status.Listed;
    }

    function _claimables(FleetShare share) private view returns (bytes32) {
        uint256[INVESTORS] memory claimables;
        for (uint256 i = 0; i < INVESTORS; ++i) {
            claimables[i] = share.claimable(_investors[i]);
        }
        return keccak256(abi.encode(claimables));
    }
}
