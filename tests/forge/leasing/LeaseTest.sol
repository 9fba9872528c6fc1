// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {Merkle} from "../support/Merkle.sol";
import {Stack} from "../support/Stack.sol";

/// @title What the lease's tests share
abstract contract LeaseTest is Stack {
    /// @dev What `_spec` gives every fleet.
    uint40 internal constant NOTICE = 24 hours;
    /// @dev How long a runway must last: the notice, and 2 L + D + dispute.
    uint40 internal constant COVERED = NOTICE + 2 * L + D + DISPUTE;

    address internal stranger = makeAddr("stranger");

    // ------------------------------------------------------------------ //
    // Reading the books
    // ------------------------------------------------------------------ //

    function _start(uint256 leaseId) internal view returns (uint256) {
        return leases.leaseOf(leaseId).terms.start;
    }

    function _held(uint256 leaseId) internal view returns (uint96) {
        return leases.leaseOf(leaseId).account.held;
    }

    function _debt(uint256 leaseId) internal view returns (uint96) {
        return leases.leaseOf(leaseId).totals.debt;
    }

    function _owed(uint256 leaseId) internal view returns (uint96) {
        return leases.leaseOf(leaseId).account.owed;
    }

    function _isClosed(uint256 leaseId) internal view returns (bool) {
        return leases.leaseOf(leaseId).account.closed;
    }

    function _isSuspended(uint256 leaseId) internal view returns (bool) {
        return leases.leaseOf(leaseId).state.suspendedAt != 0;
    }

    function _money() internal view returns (ICapacityLease.FleetMoney memory) {
        return leases.fleetAccountOf(fleetId).money;
    }

    /// @notice All that the contract keeps of a lease and its fleet, to be compared whole.
    function _books(uint256 leaseId) internal view returns (bytes32) {
        ICapacityLease.Lease memory lease = leases.leaseOf(leaseId);
        return keccak256(abi.encode(lease, leases.fleetAccountOf(lease.terms.fleetId)));
    }

    /// @notice The price of `duration` seconds of `units`, where it is a whole number of smallest units.
    function _price(uint256 units, uint256 duration) internal pure returns (uint96) {
        require(units * duration * RATE % 3600 == 0, "not a whole price");
        return uint96(units * duration * RATE / 3600);
    }

    // ------------------------------------------------------------------ //
    // Acting
    // ------------------------------------------------------------------ //

    /// @notice Mints to `who` and lets the leases spend it.
    function _fund(address who, uint256 amount) internal {
        usd.mint(who, amount);
        vm.prank(who);
        usd.approve(address(leases), amount);
    }

    /// @notice A lease with exactly this escrow.
    function _openWithEscrow(uint32 units, uint40 duration, uint256 escrow) internal returns (uint256) {
        ICapacityLease.LeaseRequest memory request = _request(units, duration);
        request.escrow = uint96(escrow);
        return _open(request);
    }

    function _topUp(uint256 leaseId, uint96 amount) internal {
        _fund(tenant, amount);
        vm.prank(tenant);
        leases.topUp(leaseId, amount);
    }

    /// @notice Posts a report of `epoch` whose only leaf is this reading, and lets it become final.
    function _postFinal(uint256 leaseId, uint64 epoch, uint256 reading) internal {
        _post(epoch, Merkle.leaf(leases.meterIdOf(leaseId), reading), 1);
        vm.warp(block.timestamp + DISPUTE);
    }

    /// @notice Settles from a report whose only leaf is this reading.
    function _settleAlone(uint256 leaseId, uint64 epoch, uint256 reading) internal {
        leases.settle(leaseId, epoch, reading, new bytes32[](0));
    }

    /// @notice Brings a lease to `delivered` (and `breached`) unit-seconds at the end of an epoch `time` seconds into its term.
    function _settleAt(uint256 leaseId, uint256 time, uint256 delivered, uint256 breached) internal {
        uint64 epoch = _epochEndingBy(_start(leaseId) + time);
        _meterAndSettle(leaseId, epoch, _reading(delivered, delivered, 0, breached, 0));
    }

    function _settleAt(uint256 leaseId, uint256 time, uint256 delivered) internal {
        _settleAt(leaseId, time, delivered, 0);
    }

    // ------------------------------------------------------------------ //
    // Reports over many meters
    // ------------------------------------------------------------------ //

    /// @notice The leaves of a report of these leases' readings and of three meters that are not there.
    function _leaves(uint256[] memory leaseIds, uint256[] memory readings)
        internal
        view
        returns (bytes32[] memory leaves)
    {
        leaves = new bytes32[](leaseIds.length + 3);
        for (uint256 i = 0; i < leaseIds.length; ++i) {
            leaves[i] = Merkle.leaf(leases.meterIdOf(leaseIds[i]), readings[i]);
        }
        for (uint256 i = leaseIds.length; i < leaves.length; ++i) {
            leaves[i] = Merkle.leaf(2 << 248 | i, _reading(i, i, i, i, i));
        }
    }

    /// @notice Posts a report of `epoch` over these leases and returns its tree. It is not final yet.
    function _postTree(uint64 epoch, uint256[] memory leaseIds, uint256[] memory readings)
        internal
        returns (bytes32[] memory tree)
    {
        tree = Merkle.tree(_leaves(leaseIds, readings));
        _post(epoch, tree[0], uint32(leaseIds.length + 3));
    }

    function _proof(bytes32[] memory tree, uint256 leaseId, uint256 reading) internal view returns (bytes32[] memory) {
        return Merkle.proof(tree, Merkle.leaf(leases.meterIdOf(leaseId), reading));
    }

    /// @notice A multiproof, and the leases and readings in the order it wants them.
    struct Batch {
        uint256[] leaseIds;
        uint256[] readings;
        bytes32[] proof;
        bool[] flags;
    }

    function _batch(bytes32[] memory tree, uint256[] memory leaseIds, uint256[] memory readings)
        internal
        view
        returns (Batch memory batch)
    {
        uint256[] memory places = new uint256[](leaseIds.length);
        for (uint256 i = 0; i < leaseIds.length; ++i) {
            bytes32 leaf = Merkle.leaf(leases.meterIdOf(leaseIds[i]), readings[i]);
            while (tree[places[i]] != leaf) ++places[i];
        }
        // From the last place in the tree to the first.
        for (uint256 i = 1; i < places.length; ++i) {
            for (uint256 j = i; j > 0 && places[j - 1] < places[j]; --j) {
                (places[j - 1], places[j]) = (places[j], places[j - 1]);
                (leaseIds[j - 1], leaseIds[j]) = (leaseIds[j], leaseIds[j - 1]);
                (readings[j - 1], readings[j]) = (readings[j], readings[j - 1]);
            }
        }
        (batch.leaseIds, batch.readings) = (leaseIds, readings);
        (batch.proof, batch.flags) = Merkle.multiproof(tree, places);
    }

    function _settleMany(uint64 epoch, Batch memory batch) internal {
        leases.settleMany(epoch, batch.leaseIds, batch.readings, batch.proof, batch.flags);
    }
}
