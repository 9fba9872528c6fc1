// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title Fleets: capacity of one model at one site under one operator, each an ERC-721 title
/// @notice Whoever holds the title is the operator: sets the list rate, publishes inventory and documents, allocates GPUs, and is paid
/// the energy and operator fees. An operator proposes a fleet; the issuer lists it.
interface IFleetRegistry {
    /// @notice The specification a fleet is proposed with. All but `listRate` is fixed for good.
    /// @param currency The one permitted payment stablecoin the fleet settles in
    /// @param listRate The price of one unit for one hour, in the currency's smallest unit
    /// @param units How many GPUs can be leased
    /// @param boardWatts The board power limit of one GPU, which bounds what energy can be charged for
    /// @param availabilityBps The availability each SLA window is held to, in basis points
    /// @param penaltyBps The credit for a breached unit-second, in basis points of its price
    /// @param creditCapBps The most credit a lease can earn, in basis points of what it owes
    /// @param notice The grace between a lease's suspension and the earliest `terminate`, in seconds
    /// @param model The GPU model, for people
    /// @param site Where the fleet stands, for people
    struct FleetSpec {
        address currency;
        uint96 listRate;
        uint32 units;
        uint16 boardWatts;
        uint16 availabilityBps;
        uint16 penaltyBps;
        uint16 creditCapBps;
        uint32 notice;
        string model;
        string site;
    }

    /// @notice What a lease copies from a fleet when it opens.
    struct FleetTerms {
        address currency;
        uint96 listRate;
        address revenue;
        uint32 units;
        uint16 boardWatts;
        uint16 availabilityBps;
        uint16 penaltyBps;
        uint16 creditCapBps;
        uint32 notice;
    }

    enum Status {
        None,
        Proposed,
        Listed,
        Delisted
    }

    event FleetProposed(uint48 indexed fleetId, address indexed operator, FleetSpec spec);
    event FleetListed(uint48 indexed fleetId, address indexed revenue);
    event FleetDelisted(uint48 indexed fleetId);
    event ListRateSet(uint48 indexed fleetId, uint96 listRate);
    event DocumentSet(uint48 indexed fleetId, string name, string uri, bytes32 hash);
    event InventoryPublished(uint48 indexed fleetId, uint32 indexed version, bytes32 root, uint32 count);

    error FleetRegistry_UnknownFleet(uint256 fleetId);
    error FleetRegistry_NotOperator(uint256 fleetId, address caller);
    error FleetRegistry_NotListed(uint256 fleetId, Status status);
    error FleetRegistry_AlreadyListed(uint256 fleetId);
    error FleetRegistry_ZeroRate();
    error FleetRegistry_ZeroUnits();
    error FleetRegistry_BadBps(uint16 bps);
    error FleetRegistry_NoInventory(uint256 fleetId);
    error FleetRegistry_InventoryTooSmall(uint256 fleetId, uint32 units, uint32 count);
    error FleetRegistry_ZeroAddress();
    error FleetRegistry_RevenueIsFixed(uint256 fleetId, address revenue);

    /// @notice Proposes a fleet and mints its title to the caller, who becomes its operator.
    function propose(FleetSpec calldata spec) external returns (uint48 fleetId);

    /// @notice Lists a proposed or delisted fleet. `revenue`, the waterfall its rent goes to, can be given once and never changed. Issuer only.
    function list(uint48 fleetId, address revenue) external;

    /// @notice Stops new leases on a fleet, and sales and purchases of its shares; open leases go on. Guardian only.
    function delist(uint48 fleetId) external;

    /// @notice Sets the price of leases opened from now on, in smallest units per unit-hour. Operator only.
    function setListRate(uint48 fleetId, uint96 listRate) external;

    /// @notice Publishes a document of the fleet (name, uri, content hash); a later one of the same name replaces it. Operator only.
    function setDocument(uint48 fleetId, string calldata name, string calldata uri, bytes32 hash) external;

    /// @notice Publishes the next version of the inventory: a StandardMerkleTree root over `count` leaves `(string gpuUuid)`. Operator only.
    function publishInventory(uint48 fleetId, bytes32 root, uint32 count) external returns (uint32 version);

    /// @notice The terms a lease opens at. Reverts unless the fleet is listed.
    function termsOf(uint48 fleetId) external view returns (FleetTerms memory);

    /// @notice The full specification, with the current list rate.
    function specOf(uint48 fleetId) external view returns (FleetSpec memory);

    /// @notice Where a fleet stands: its status, waterfall and newest inventory version.
    function statusOf(uint48 fleetId) external view returns (Status status, address revenue, uint32 inventoryVersion);

    /// @notice The root and size of one inventory version; zero when there is none.
    function inventoryOf(uint48 fleetId, uint32 version) external view returns (bytes32 root, uint32 count);

    /// @notice Reverts unless `caller` holds the title of `fleetId`.
    function requireOperator(uint48 fleetId, address caller) external view;
}
