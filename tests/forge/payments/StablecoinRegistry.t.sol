// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IStablecoinRegistry} from "../../../contracts/payments/IStablecoinRegistry.sol";
import {Stack} from "../support/Stack.sol";
import {FakeFeed} from "./FakeFeed.sol";

/// @title Which stablecoins new leases may be opened in
/// @dev requirePermitted
/// ├── never listed, or delisted → NotPermitted
/// ├── halted → Halted, also after a new listing
/// ├── no feed → passes
/// └── feed
///     ├── updated more than maxAge ago, or in the future → StalePrice
///     ├── price below minPrice, or negative → BelowPeg
///     └── otherwise → passes
contract StablecoinRegistryTest is Stack {
    uint96 private constant MIN_PRICE = 0.995e8;
    uint32 private constant MAX_AGE = 1 days;

    FakeFeed private feed;

    function setUp() public override {
        super.setUp();
        feed = new FakeFeed();
    }

    // ------------------------------------------------------------------ //
    // Listing
    // ------------------------------------------------------------------ //

    function test_ListedTokenIsPermittedAndKnown() public view {
        stablecoins.requirePermitted(address(usd));
        (IStablecoinRegistry.Listing memory listing, bool permitted, bool halted) = stablecoins.listingOf(address(usd));
        assertEq(abi.encode(listing), abi.encode(_listing()), "listing");
        assertTrue(permitted, "permitted");
        assertFalse(halted, "halted");
    }

    function test_ListEmitsWhatIsKnown() public {
        IStablecoinRegistry.Listing memory listing = _withFeed();
        vm.expectEmit(address(stablecoins));
        emit IStablecoinRegistry.StablecoinListed(address(usd), listing);
        _list(listing);
    }

    function test_ListAgainReplacesWhatIsKnown() public {
        _list(_withFeed());
        (IStablecoinRegistry.Listing memory listing,,) = stablecoins.listingOf(address(usd));
        assertEq(abi.encode(listing), abi.encode(_withFeed()), "listing");
    }

    function test_RevertWhen_TokenWasNeverListed() public {
        address unknown = makeAddr("unknown");
        (IStablecoinRegistry.Listing memory listing, bool permitted,) = stablecoins.listingOf(unknown);
        assertEq(listing.issuer, "", "nothing known");
        assertFalse(permitted, "permitted");
        vm.expectRevert(abi.encodeWithSelector(IStablecoinRegistry.StablecoinRegistry_NotPermitted.selector, unknown));
        stablecoins.requirePermitted(unknown);
    }

    function test_RevertWhen_ListedTokenHasNoCode() public {
        address empty = makeAddr("no code");
        vm.expectRevert(abi.encodeWithSelector(IStablecoinRegistry.StablecoinRegistry_NoCode.selector, empty));
        vm.prank(issuer);
        stablecoins.list(empty, _listing());
    }

    function test_RevertWhen_FeedHasNoCode() public {
        IStablecoinRegistry.Listing memory listing = _withFeed();
        listing.feed = makeAddr("no code");
        vm.expectRevert(abi.encodeWithSelector(IStablecoinRegistry.StablecoinRegistry_NoCode.selector, listing.feed));
        _list(listing);
    }

    function test_RevertWhen_FeedHasNoMaximumAge() public {
        IStablecoinRegistry.Listing memory listing = _withFeed();
        listing.maxAge = 0;
        vm.expectRevert(abi.encodeWithSelector(IStablecoinRegistry.StablecoinRegistry_NoMaxAge.selector, address(usd)));
        _list(listing);
    }

    /// @dev A peg whose lowest price is nothing is no peg.
    function test_RevertWhen_FeedHasNoMinimumPrice() public {
        IStablecoinRegistry.Listing memory listing = _withFeed();
        listing.minPrice = 0;
        vm.expectRevert(
            abi.encodeWithSelector(IStablecoinRegistry.StablecoinRegistry_NoMinPrice.selector, address(usd))
        );
        _list(listing);
    }

    function test_DelistEndsThePermissionAndKeepsWhatIsKnown() public {
        vm.expectEmit(address(stablecoins));
        emit IStablecoinRegistry.StablecoinDelisted(address(usd));
        vm.prank(issuer);
        stablecoins.delist(address(usd));

        (IStablecoinRegistry.Listing memory listing, bool permitted,) = stablecoins.listingOf(address(usd));
        assertFalse(permitted, "permitted");
        assertEq(listing.issuer, "Test Issuer", "issuer");
        _expectNotPermitted();
        stablecoins.requirePermitted(address(usd));
    }

    function test_RevertWhen_DelistingTwice() public {
        vm.startPrank(issuer);
        stablecoins.delist(address(usd));
        _expectNotPermitted();
        stablecoins.delist(address(usd));
    }

    function test_DelistedTokenCanBeListedAgain() public {
        vm.prank(issuer);
        stablecoins.delist(address(usd));
        _list(_listing());
        stablecoins.requirePermitted(address(usd));
        (, bool permitted,) = stablecoins.listingOf(address(usd));
        assertTrue(permitted, "permitted");
    }

    // ------------------------------------------------------------------ //
    // Halt
    // ------------------------------------------------------------------ //

    function test_RevertWhen_Halted() public {
        vm.expectEmit(address(stablecoins));
        emit IStablecoinRegistry.StablecoinHalted(address(usd));
        vm.prank(guardian);
        stablecoins.halt(address(usd));

        (, bool permitted, bool halted) = stablecoins.listingOf(address(usd));
        assertTrue(permitted, "still listed");
        assertTrue(halted, "halted");
        _expectHalted();
        stablecoins.requirePermitted(address(usd));
    }

    function test_HaltSurvivesANewListing() public {
        vm.prank(guardian);
        stablecoins.halt(address(usd));
        _list(_listing());
        _expectHalted();
        stablecoins.requirePermitted(address(usd));
    }

    function test_ResumeLiftsTheHalt() public {
        vm.prank(guardian);
        stablecoins.halt(address(usd));
        vm.expectEmit(address(stablecoins));
        emit IStablecoinRegistry.StablecoinResumed(address(usd));
        vm.prank(issuer);
        stablecoins.resume(address(usd));
        stablecoins.requirePermitted(address(usd));
        (,, bool halted) = stablecoins.listingOf(address(usd));
        assertFalse(halted, "halted");
    }

    // ------------------------------------------------------------------ //
    // Roles: the guardian stops, the issuer starts
    // ------------------------------------------------------------------ //

    function test_RevertWhen_AnyoneButTheIssuerLists() public {
        _refuse(guardian, abi.encodeCall(stablecoins.list, (address(usd), _listing())));
        _refuse(operator, abi.encodeCall(stablecoins.list, (address(usd), _listing())));
    }

    function test_RevertWhen_AnyoneButTheIssuerDelists() public {
        _refuse(guardian, abi.encodeCall(stablecoins.delist, (address(usd))));
        _refuse(tenant, abi.encodeCall(stablecoins.delist, (address(usd))));
    }

    function test_RevertWhen_AnyoneButTheGuardianHalts() public {
        _refuse(issuer, abi.encodeCall(stablecoins.halt, (address(usd))));
        _refuse(tenant, abi.encodeCall(stablecoins.halt, (address(usd))));
    }

    function test_RevertWhen_AnyoneButTheIssuerResumes() public {
        vm.prank(guardian);
        stablecoins.halt(address(usd));
        _refuse(guardian, abi.encodeCall(stablecoins.resume, (address(usd))));
        _refuse(tenant, abi.encodeCall(stablecoins.resume, (address(usd))));
    }

    // ------------------------------------------------------------------ //
    // Feed
    // ------------------------------------------------------------------ //

    function test_FreshPriceAtThePegIsPermitted() public {
        _list(_withFeed());
        feed.set(int256(uint256(MIN_PRICE)), block.timestamp);
        stablecoins.requirePermitted(address(usd));
        feed.set(int256(uint256(MIN_PRICE)), block.timestamp - MAX_AGE);
        stablecoins.requirePermitted(address(usd));
    }

    function test_RevertWhen_PriceIsOneSecondTooOld() public {
        _list(_withFeed());
        uint256 updatedAt = block.timestamp - MAX_AGE - 1;
        feed.set(1e8, updatedAt);
        _expectStale(updatedAt);
        stablecoins.requirePermitted(address(usd));
    }

    function test_RevertWhen_PriceIsFromTheFuture() public {
        _list(_withFeed());
        uint256 updatedAt = block.timestamp + 1;
        feed.set(1e8, updatedAt);
        _expectStale(updatedAt);
        stablecoins.requirePermitted(address(usd));
    }

    function test_RevertWhen_FeedWasNeverUpdated() public {
        _list(_withFeed());
        feed.set(1e8, 0);
        _expectStale(0);
        stablecoins.requirePermitted(address(usd));
    }

    function test_RevertWhen_PriceIsOneUnitBelowThePeg() public {
        _list(_withFeed());
        int256 price = int256(uint256(MIN_PRICE)) - 1;
        feed.set(price, block.timestamp);
        _expectBelowPeg(price);
        stablecoins.requirePermitted(address(usd));
    }

    function test_RevertWhen_PriceIsNegative() public {
        _list(_withFeed());
        feed.set(-1, block.timestamp);
        _expectBelowPeg(-1);
        stablecoins.requirePermitted(address(usd));
    }

    function testFuzz_PermittedExactlyWhenFreshAndAtThePeg(int256 price, uint256 updatedAt, uint32 maxAge) public {
        IStablecoinRegistry.Listing memory listing = _withFeed();
        listing.maxAge = uint32(bound(maxAge, 1, 30 days));
        updatedAt = bound(updatedAt, block.timestamp - 60 days, block.timestamp + 1 days);
        price = bound(price, -1e8, 2e8);
        _list(listing);
        feed.set(price, updatedAt);

        bool fresh = updatedAt <= block.timestamp && updatedAt + listing.maxAge >= block.timestamp;
        bool atPeg = price >= 0 && uint256(price) >= MIN_PRICE;
        (bool permitted,) =
            address(stablecoins).staticcall(abi.encodeCall(stablecoins.requirePermitted, (address(usd))));
        assertEq(permitted, fresh && atPeg, "permitted");
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    function _withFeed() private view returns (IStablecoinRegistry.Listing memory) {
        return
            IStablecoinRegistry.Listing({
                issuer: "Fed Issuer", feed: address(feed), minPrice: MIN_PRICE, maxAge: MAX_AGE
            });
    }

    function _list(IStablecoinRegistry.Listing memory listing) private {
        vm.prank(issuer);
        stablecoins.list(address(usd), listing);
    }

    function _refuse(address caller, bytes memory call) private {
        vm.prank(caller);
        (bool done, bytes memory reason) = address(stablecoins).call(call);
        assertFalse(done, "accepted");
        bytes memory expected = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, caller);
        assertEq(reason, expected, "reason");
    }

    function _expectNotPermitted() private {
        vm.expectRevert(
            abi.encodeWithSelector(IStablecoinRegistry.StablecoinRegistry_NotPermitted.selector, address(usd))
        );
    }

    function _expectHalted() private {
        vm.expectRevert(abi.encodeWithSelector(IStablecoinRegistry.StablecoinRegistry_Halted.selector, address(usd)));
    }

    function _expectStale(uint256 updatedAt) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IStablecoinRegistry.StablecoinRegistry_StalePrice.selector, address(usd), updatedAt, MAX_AGE
            )
        );
    }

    function _expectBelowPeg(int256 price) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IStablecoinRegistry.StablecoinRegistry_BelowPeg.selector, address(usd), price, MIN_PRICE
            )
        );
    }
}
