// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title The one thing metering asks of whoever opens leases: when a lease started
interface ILeaseTerms {
    /// @notice The beginning of what `leaseOf` returns; what follows it there is of no interest here.
    struct Terms {
        uint96 rate;
        uint32 units;
        uint40 start;
        uint40 end;
        uint48 fleetId;
    }

    /// @notice A lease's terms. Reverts when there is no such lease.
    function leaseOf(uint256 leaseId) external view returns (Terms memory);
}
