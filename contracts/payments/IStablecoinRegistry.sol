// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title Which payment stablecoins leases and sales of shares may be opened in, and shares bought with
/// @notice Gates entry only: a listing that ends, a halt or a stale feed stops *new* leases, sales and purchases of shares, never a
/// settlement, a delivery, a claim or a refund. What is said of new leases below goes for these as well.
interface IStablecoinRegistry {
    /// @notice What is known of a permitted token.
    /// @param issuer The name of the regulated issuer, for people
    /// @param feed A Chainlink-style price feed in the peg's currency, or zero for none
    /// @param minPrice The lowest price, in the feed's own decimals, at which new leases open
    /// @param maxAge The oldest price accepted, in seconds
    struct Listing {
        string issuer;
        address feed;
        uint96 minPrice;
        uint32 maxAge;
    }

    event StablecoinListed(address indexed token, Listing listing);
    event StablecoinDelisted(address indexed token);
    event StablecoinHalted(address indexed token);
    event StablecoinResumed(address indexed token);

    error StablecoinRegistry_NotPermitted(address token);
    error StablecoinRegistry_Halted(address token);
    error StablecoinRegistry_StalePrice(address token, uint256 updatedAt, uint32 maxAge);
    error StablecoinRegistry_BelowPeg(address token, int256 price, uint96 minPrice);
    error StablecoinRegistry_NoCode(address token);
    error StablecoinRegistry_NoMaxAge(address token);
    error StablecoinRegistry_NoMinPrice(address token);

    /// @notice Permits `token` for new leases, or replaces what is known of it. Issuer only.
    function list(address token, Listing calldata listing) external;

    /// @notice Ends the permission for new leases. Issuer only.
    function delist(address token) external;

    /// @notice The de-peg stop: no new leases in `token` until `resume`. Guardian only.
    function halt(address token) external;

    /// @notice Lifts a `halt`. Issuer only.
    function resume(address token) external;

    /// @notice Reverts with the reason when no new lease may be opened in `token` now.
    function requirePermitted(address token) external view;

    /// @notice What is known of `token`; empty when it was never listed.
    function listingOf(address token) external view returns (Listing memory listing, bool permitted, bool halted);
}
