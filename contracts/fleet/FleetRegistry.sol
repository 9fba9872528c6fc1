// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IFleetRegistry} from "./IFleetRegistry.sol";

/// @title FleetRegistry
/// @notice See IFleetRegistry.
contract FleetRegistry is IFleetRegistry, ERC721, AccessManaged {
    uint256 private constant BPS = 10_000;

    /// @dev Three slots: currency 160 | listRate 96; revenue 160 | units 32 | four uint16; notice 32 | status 8 | version 32.
    struct Fleet {
        address currency;
        uint96 listRate;
        address revenue;
        uint32 units;
        uint16 boardWatts;
        uint16 availabilityBps;
        uint16 penaltyBps;
        uint16 creditCapBps;
        uint32 notice;
        Status status;
        uint32 inventoryVersion;
        string model;
        string site;
    }

    struct Inventory {
        bytes32 root;
        uint32 count;
    }

    uint48 private _fleetCount;
    mapping(uint256 fleetId => Fleet) private _fleets;
    mapping(uint256 fleetId => mapping(uint32 version => Inventory)) private _inventories;

    modifier onlyOperator(uint48 fleetId) {
        requireOperator(fleetId, msg.sender);
        _;
    }

    constructor(address authority) ERC721("Wellhead Fleet", "WHF") AccessManaged(authority) {}

    /// @inheritdoc IFleetRegistry
    function propose(FleetSpec calldata spec) external returns (uint48 fleetId) {
        require(spec.currency != address(0), FleetRegistry_ZeroAddress());
        require(spec.listRate != 0, FleetRegistry_ZeroRate());
        require(spec.units != 0, FleetRegistry_ZeroUnits());
        require(spec.availabilityBps <= BPS, FleetRegistry_BadBps(spec.availabilityBps));
        require(spec.creditCapBps <= BPS, FleetRegistry_BadBps(spec.creditCapBps));

        fleetId = ++_fleetCount;
        Fleet storage fleet = _fleets[fleetId];
        fleet.currency = spec.currency;
        fleet.listRate = spec.listRate;
        fleet.units = spec.units;
        fleet.boardWatts = spec.boardWatts;
        fleet.availabilityBps = spec.availabilityBps;
        fleet.penaltyBps = spec.penaltyBps;
        fleet.creditCapBps = spec.creditCapBps;
        fleet.notice = spec.notice;
        fleet.status = Status.Proposed;
        fleet.model = spec.model;
        fleet.site = spec.site;
        _mint(msg.sender, fleetId);
        emit FleetProposed(fleetId, msg.sender, spec);
    }

    /// @inheritdoc IFleetRegistry
    function list(uint48 fleetId, address revenue) external restricted {
        Fleet storage fleet = _fleets[fleetId];
        Status status = fleet.status;
        require(status != Status.None, FleetRegistry_UnknownFleet(fleetId));
        require(status != Status.Listed, FleetRegistry_AlreadyListed(fleetId));
        // An inventory that was published has all units.
        require(fleet.inventoryVersion != 0, FleetRegistry_NoInventory(fleetId));
        require(revenue != address(0), FleetRegistry_ZeroAddress());
        // Where rent goes is decided once: investors bought that waterfall.
        if (fleet.revenue == address(0)) fleet.revenue = revenue;
        else require(fleet.revenue == revenue, FleetRegistry_RevenueIsFixed(fleetId, fleet.revenue));

        fleet.status = Status.Listed;
        emit FleetListed(fleetId, revenue);
    }

    /// @inheritdoc IFleetRegistry
    function delist(uint48 fleetId) external restricted {
        Fleet storage fleet = _listed(fleetId);
        fleet.status = Status.Delisted;
        emit FleetDelisted(fleetId);
    }

    /// @inheritdoc IFleetRegistry
    function setListRate(uint48 fleetId, uint96 listRate) external onlyOperator(fleetId) {
        require(listRate != 0, FleetRegistry_ZeroRate());
        _fleets[fleetId].listRate = listRate;
        emit ListRateSet(fleetId, listRate);
    }

    /// @inheritdoc IFleetRegistry
    function setDocument(uint48 fleetId, string calldata name, string calldata uri, bytes32 hash)
        external
        onlyOperator(fleetId)
    {
        emit DocumentSet(fleetId, name, uri, hash);
    }

    /// @inheritdoc IFleetRegistry
    function publishInventory(uint48 fleetId, bytes32 root, uint32 count)
        external
        onlyOperator(fleetId)
        returns (uint32 version)
    {
        Fleet storage fleet = _fleets[fleetId];
        require(count >= fleet.units, FleetRegistry_InventoryTooSmall(fleetId, fleet.units, count));
        version = ++fleet.inventoryVersion;
        _inventories[fleetId][version] = Inventory({root: root, count: count});
        emit InventoryPublished(fleetId, version, root, count);
    }

    /// @inheritdoc IFleetRegistry
    function termsOf(uint48 fleetId) external view returns (FleetTerms memory) {
        Fleet storage fleet = _listed(fleetId);
        return FleetTerms({
            currency: fleet.currency,
            listRate: fleet.listRate,
            revenue: fleet.revenue,
            units: fleet.units,
            boardWatts: fleet.boardWatts,
            availabilityBps: fleet.availabilityBps,
            penaltyBps: fleet.penaltyBps,
            creditCapBps: fleet.creditCapBps,
            notice: fleet.notice
        });
    }

    /// @inheritdoc IFleetRegistry
    function specOf(uint48 fleetId) external view returns (FleetSpec memory) {
        Fleet storage fleet = _fleets[fleetId];
        require(fleet.status != Status.None, FleetRegistry_UnknownFleet(fleetId));
        return FleetSpec({
            currency: fleet.currency,
            listRate: fleet.listRate,
            units: fleet.units,
            boardWatts: fleet.boardWatts,
            availabilityBps: fleet.availabilityBps,
            penaltyBps: fleet.penaltyBps,
            creditCapBps: fleet.creditCapBps,
            notice: fleet.notice,
            model: fleet.model,
            site: fleet.site
        });
    }

    /// @inheritdoc IFleetRegistry
    function statusOf(uint48 fleetId) external view returns (Status status, address revenue, uint32 inventoryVersion) {
        Fleet storage fleet = _fleets[fleetId];
        return (fleet.status, fleet.revenue, fleet.inventoryVersion);
    }

    /// @inheritdoc IFleetRegistry
    function inventoryOf(uint48 fleetId, uint32 version) external view returns (bytes32 root, uint32 count) {
        Inventory storage inventory = _inventories[fleetId][version];
        return (inventory.root, inventory.count);
    }

    /// @inheritdoc IFleetRegistry
    function requireOperator(uint48 fleetId, address caller) public view {
        address operator = _ownerOf(fleetId);
        require(operator != address(0), FleetRegistry_UnknownFleet(fleetId));
        require(operator == caller, FleetRegistry_NotOperator(fleetId, caller));
    }

    function _listed(uint48 fleetId) private view returns (Fleet storage fleet) {
        fleet = _fleets[fleetId];
        require(fleet.status == Status.Listed, FleetRegistry_NotListed(fleetId, fleet.status));
    }
}
