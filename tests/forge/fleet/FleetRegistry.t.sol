// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IFleetRegistry} from "../../../contracts/fleet/IFleetRegistry.sol";
import {Stack} from "../support/Stack.sol";

/// @title How a fleet is proposed, listed and delisted, and who may say so
/// @dev list
/// ├── caller is not the issuer → AccessManagedUnauthorized
/// ├── never proposed → UnknownFleet
/// ├── listed → AlreadyListed
/// ├── no inventory → NoInventory
/// ├── no waterfall → ZeroAddress
/// ├── listed before, with another waterfall → RevenueIsFixed
/// └── otherwise → Listed
contract FleetRegistryTest is Stack {
    address private constant REVENUE = address(0xfee);
    address private newOperator = makeAddr("new operator");

    // ------------------------------------------------------------------ //
    // Propose
    // ------------------------------------------------------------------ //

    function test_ProposeMintsTheTitleToTheCaller() public {
        IFleetRegistry.FleetSpec memory spec = _spec(address(usd), 8);
        vm.expectEmit(address(registry));
        emit IFleetRegistry.FleetProposed(fleetId + 1, newOperator, spec);
        uint48 id = _propose(newOperator, spec);

        assertEq(id, fleetId + 1, "ids count up");
        assertEq(registry.ownerOf(id), newOperator, "title");
        assertEq(abi.encode(registry.specOf(id)), abi.encode(spec), "specification");
        _assertStatus(id, IFleetRegistry.Status.Proposed, address(0), 0);
    }

    function test_RevertWhen_ProposedWithoutCurrency() public {
        _refuseSpec(_spec(address(0), 8), abi.encodeWithSelector(IFleetRegistry.FleetRegistry_ZeroAddress.selector));
    }

    function test_RevertWhen_ProposedAtZeroRate() public {
        IFleetRegistry.FleetSpec memory spec = _spec(address(usd), 8);
        spec.listRate = 0;
        _refuseSpec(spec, abi.encodeWithSelector(IFleetRegistry.FleetRegistry_ZeroRate.selector));
    }

    function test_RevertWhen_ProposedWithoutUnits() public {
        _refuseSpec(_spec(address(usd), 0), abi.encodeWithSelector(IFleetRegistry.FleetRegistry_ZeroUnits.selector));
    }

    function test_RevertWhen_AvailabilityIsAboveOne() public {
        IFleetRegistry.FleetSpec memory spec = _spec(address(usd), 8);
        spec.availabilityBps = 10_001;
        _refuseSpec(spec, abi.encodeWithSelector(IFleetRegistry.FleetRegistry_BadBps.selector, 10_001));
    }

    function test_RevertWhen_CreditCapIsAboveOne() public {
        IFleetRegistry.FleetSpec memory spec = _spec(address(usd), 8);
        spec.creditCapBps = 10_001;
        _refuseSpec(spec, abi.encodeWithSelector(IFleetRegistry.FleetRegistry_BadBps.selector, 10_001));
    }

    /// @dev A breached hour may cost the operator more than its price; the credit cap bounds what that comes to.
    function test_SharesOfOneAndAPenaltyAboveOneAreProposed() public {
        IFleetRegistry.FleetSpec memory spec = _spec(address(usd), 8);
        (spec.availabilityBps, spec.creditCapBps, spec.penaltyBps) = (10_000, 10_000, 20_000);
        uint48 id = _propose(newOperator, spec);
        assertEq(abi.encode(registry.specOf(id)), abi.encode(spec), "specification");
    }

    // ------------------------------------------------------------------ //
    // List and delist
    // ------------------------------------------------------------------ //

    function test_ListedFleetHasTermsToLeaseAt() public {
        uint48 id = _proposeWithInventory();
        vm.expectEmit(address(registry));
        emit IFleetRegistry.FleetListed(id, REVENUE);
        _list(id, REVENUE);

        _assertStatus(id, IFleetRegistry.Status.Listed, REVENUE, 1);
        IFleetRegistry.FleetSpec memory spec = _spec(address(usd), 8);
        IFleetRegistry.FleetTerms memory expected = IFleetRegistry.FleetTerms({
            currency: spec.currency,
            listRate: spec.listRate,
            revenue: REVENUE,
            units: spec.units,
            boardWatts: spec.boardWatts,
            availabilityBps: spec.availabilityBps,
            penaltyBps: spec.penaltyBps,
            creditCapBps: spec.creditCapBps,
            notice: spec.notice
        });
        assertEq(abi.encode(registry.termsOf(id)), abi.encode(expected), "terms");
    }

    function test_RevertWhen_AnyoneButTheIssuerLists() public {
        uint48 id = _proposeWithInventory();
        address[3] memory callers = [newOperator, guardian, tenant];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, callers[i]));
            vm.prank(callers[i]);
            registry.list(id, REVENUE);
        }
    }

    function test_RevertWhen_ListingAnUnknownFleet() public {
        vm.expectRevert(abi.encodeWithSelector(IFleetRegistry.FleetRegistry_UnknownFleet.selector, 99));
        _list(99, REVENUE);
    }

    function test_RevertWhen_ListingAListedFleet() public {
        vm.expectRevert(abi.encodeWithSelector(IFleetRegistry.FleetRegistry_AlreadyListed.selector, fleetId));
        _list(fleetId, address(waterfall));
    }

    function test_RevertWhen_ListingWithoutInventory() public {
        uint48 id = _propose(newOperator, _spec(address(usd), 8));
        vm.expectRevert(abi.encodeWithSelector(IFleetRegistry.FleetRegistry_NoInventory.selector, id));
        _list(id, REVENUE);
    }

    function test_RevertWhen_ListingWithoutWaterfall() public {
        uint48 id = _proposeWithInventory();
        vm.expectRevert(abi.encodeWithSelector(IFleetRegistry.FleetRegistry_ZeroAddress.selector));
        _list(id, address(0));
    }

    function test_DelistEndsTheTerms() public {
        vm.expectEmit(address(registry));
        emit IFleetRegistry.FleetDelisted(fleetId);
        _delist(fleetId);

        _assertStatus(fleetId, IFleetRegistry.Status.Delisted, address(waterfall), 1);
        _expectNotListed(fleetId, IFleetRegistry.Status.Delisted);
        registry.termsOf(fleetId);
    }

    function test_RevertWhen_AnyoneButTheGuardianDelists() public {
        address[3] memory callers = [operator, issuer, tenant];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, callers[i]));
            vm.prank(callers[i]);
            registry.delist(fleetId);
        }
    }

    function test_RevertWhen_DelistingAFleetThatIsNotListed() public {
        uint48 id = _proposeWithInventory();
        _expectNotListed(id, IFleetRegistry.Status.Proposed);
        _delist(id);

        _delist(fleetId);
        _expectNotListed(fleetId, IFleetRegistry.Status.Delisted);
        _delist(fleetId);
    }

    function test_DelistedFleetIsListedAgainWithItsWaterfall() public {
        _delist(fleetId);
        _list(fleetId, address(waterfall));
        _assertStatus(fleetId, IFleetRegistry.Status.Listed, address(waterfall), 1);
        assertEq(registry.termsOf(fleetId).revenue, address(waterfall), "revenue");
    }

    function test_RevertWhen_RelistingWithAnotherWaterfall() public {
        _delist(fleetId);
        vm.expectRevert(
            abi.encodeWithSelector(IFleetRegistry.FleetRegistry_RevenueIsFixed.selector, fleetId, address(waterfall))
        );
        _list(fleetId, REVENUE);
    }

    function test_RevertWhen_ReadingTermsOfAFleetThatIsNotListed() public {
        _expectNotListed(99, IFleetRegistry.Status.None);
        registry.termsOf(99);
        uint48 id = _proposeWithInventory();
        _expectNotListed(id, IFleetRegistry.Status.Proposed);
        registry.termsOf(id);
    }

    function test_RevertWhen_ReadingTheSpecificationOfAnUnknownFleet() public {
        vm.expectRevert(abi.encodeWithSelector(IFleetRegistry.FleetRegistry_UnknownFleet.selector, 99));
        registry.specOf(99);
    }

    // ------------------------------------------------------------------ //
    // What the operator says
    // ------------------------------------------------------------------ //

    function test_OperatorSetsTheListRate() public {
        vm.expectEmit(address(registry));
        emit IFleetRegistry.ListRateSet(fleetId, RATE + 1);
        vm.prank(operator);
        registry.setListRate(fleetId, RATE + 1);
        assertEq(registry.termsOf(fleetId).listRate, RATE + 1, "terms");
        assertEq(registry.specOf(fleetId).listRate, RATE + 1, "specification");
    }

    function test_RevertWhen_TheListRateBecomesZero() public {
        vm.expectRevert(abi.encodeWithSelector(IFleetRegistry.FleetRegistry_ZeroRate.selector));
        vm.prank(operator);
        registry.setListRate(fleetId, 0);
    }

    function test_OperatorPublishesADocument() public {
        vm.expectEmit(address(registry));
        emit IFleetRegistry.DocumentSet(fleetId, "insurance", "ipfs://policy", keccak256("policy"));
        vm.prank(operator);
        registry.setDocument(fleetId, "insurance", "ipfs://policy", keccak256("policy"));
    }

    function test_InventoryVersionsCountUpAndStay() public {
        vm.expectEmit(address(registry));
        emit IFleetRegistry.InventoryPublished(fleetId, 2, keccak256("more"), UNITS + 2);
        vm.prank(operator);
        uint32 version = registry.publishInventory(fleetId, keccak256("more"), UNITS + 2);

        assertEq(version, 2, "version");
        _assertStatus(fleetId, IFleetRegistry.Status.Listed, address(waterfall), 2);
        _assertInventory(1, keccak256("inventory"), UNITS);
        _assertInventory(2, keccak256("more"), UNITS + 2);
        _assertInventory(3, 0, 0);
    }

    function test_RevertWhen_InventoryIsOneUnitShort() public {
        vm.expectRevert(
            abi.encodeWithSelector(IFleetRegistry.FleetRegistry_InventoryTooSmall.selector, fleetId, UNITS, UNITS - 1)
        );
        vm.prank(operator);
        registry.publishInventory(fleetId, keccak256("fewer"), UNITS - 1);
    }

    function test_RevertWhen_AnyoneButTheOperatorSpeaks() public {
        _assertRights({holder: operator, stranger: issuer});
    }

    function test_RightsMoveWithTheTitle() public {
        vm.prank(operator);
        registry.transferFrom(operator, newOperator, fleetId);
        _assertRights({holder: newOperator, stranger: operator});
    }

    function test_RevertWhen_AskingForTheOperatorOfAnUnknownFleet() public {
        vm.expectRevert(abi.encodeWithSelector(IFleetRegistry.FleetRegistry_UnknownFleet.selector, 99));
        registry.requireOperator(99, operator);
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    function _propose(address operator_, IFleetRegistry.FleetSpec memory spec) private returns (uint48) {
        vm.prank(operator_);
        return registry.propose(spec);
    }

    function _proposeWithInventory() private returns (uint48 id) {
        id = _propose(newOperator, _spec(address(usd), 8));
        vm.prank(newOperator);
        registry.publishInventory(id, keccak256("eight"), 8);
    }

    function _list(uint48 id, address revenue) private {
        vm.prank(issuer);
        registry.list(id, revenue);
    }

    function _delist(uint48 id) private {
        vm.prank(guardian);
        registry.delist(id);
    }

    function _refuseSpec(IFleetRegistry.FleetSpec memory spec, bytes memory reason) private {
        vm.expectRevert(reason);
        registry.propose(spec);
    }

    function _expectNotListed(uint48 id, IFleetRegistry.Status status) private {
        vm.expectRevert(abi.encodeWithSelector(IFleetRegistry.FleetRegistry_NotListed.selector, id, status));
    }

    function _assertStatus(uint48 id, IFleetRegistry.Status status, address revenue, uint32 version) private view {
        (IFleetRegistry.Status actual, address actualRevenue, uint32 actualVersion) = registry.statusOf(id);
        assertEq(uint8(actual), uint8(status), "status");
        assertEq(actualRevenue, revenue, "revenue");
        assertEq(actualVersion, version, "inventory version");
    }

    function _assertInventory(uint32 version, bytes32 root, uint32 count) private view {
        (bytes32 actualRoot, uint32 actualCount) = registry.inventoryOf(fleetId, version);
        assertEq(actualRoot, root, "root");
        assertEq(actualCount, count, "count");
    }

    /// @dev Every call of an operator's: refused to the stranger by name, open to the holder.
    function _assertRights(address holder, address stranger) private {
        bytes[4] memory calls = [
            abi.encodeCall(registry.setListRate, (fleetId, 1)),
            abi.encodeCall(registry.setDocument, (fleetId, "name", "uri", 0)),
            abi.encodeCall(registry.publishInventory, (fleetId, 0, UNITS)),
            abi.encodeCall(registry.requireOperator, (fleetId, stranger))
        ];
        bytes memory refusal =
            abi.encodeWithSelector(IFleetRegistry.FleetRegistry_NotOperator.selector, fleetId, stranger);
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.prank(stranger);
            (bool done, bytes memory reason) = address(registry).call(calls[i]);
            assertFalse(done, "stranger accepted");
            assertEq(reason, refusal, "reason");
        }
        calls[3] = abi.encodeCall(registry.requireOperator, (fleetId, holder));
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.prank(holder);
            (bool done,) = address(registry).call(calls[i]);
            assertTrue(done, "holder refused");
        }
    }
}
