// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IPriceFeed} from "./IPriceFeed.sol";
import {IStablecoinRegistry} from "./IStablecoinRegistry.sol";

/// @title StablecoinRegistry
/// @notice See IStablecoinRegistry.
contract StablecoinRegistry is IStablecoinRegistry, AccessManaged {
    struct Entry {
        Listing listing;
        bool permitted;
        bool halted;
    }

    mapping(address token => Entry) private _entries;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IStablecoinRegistry
    function list(address token, Listing calldata listing) external restricted {
        require(token.code.length != 0, StablecoinRegistry_NoCode(token));
        if (listing.feed != address(0)) {
            require(listing.feed.code.length != 0, StablecoinRegistry_NoCode(listing.feed));
            require(listing.maxAge != 0, StablecoinRegistry_NoMaxAge(token));
            require(listing.minPrice != 0, StablecoinRegistry_NoMinPrice(token));
        }
        Entry storage entry = _entries[token];
        entry.listing = listing;
        entry.permitted = true;
        emit StablecoinListed(token, listing);
    }

    /// @inheritdoc IStablecoinRegistry
    function delist(address token) external restricted {
        require(_entries[token].permitted, StablecoinRegistry_NotPermitted(token));
        _entries[token].permitted = false;
        emit StablecoinDelisted(token);
    }

    /// @inheritdoc IStablecoinRegistry
    function halt(address token) external restricted {
        _entries[token].halted = true;
        emit StablecoinHalted(token);
    }

    /// @inheritdoc IStablecoinRegistry
    function resume(address token) external restricted {
        _entries[token].halted = false;
        emit StablecoinResumed(token);
    }

    /// @inheritdoc IStablecoinRegistry
    function requirePermitted(address token) external view {
        Entry storage entry = _entries[token];
        require(entry.permitted, StablecoinRegistry_NotPermitted(token));
        require(!entry.halted, StablecoinRegistry_Halted(token));

        address feed = entry.listing.feed;
        if (feed == address(0)) return;
        (uint96 minPrice, uint32 maxAge) = (entry.listing.minPrice, entry.listing.maxAge);
        (, int256 price,, uint256 updatedAt,) = IPriceFeed(feed).latestRoundData();
        // A price from the future is as little to be believed as an old one.
        bool fresh = updatedAt <= block.timestamp && block.timestamp - updatedAt <= maxAge;
        require(fresh, StablecoinRegistry_StalePrice(token, updatedAt, maxAge));
        require(price >= int256(uint256(minPrice)), StablecoinRegistry_BelowPeg(token, price, minPrice));
    }

    /// @inheritdoc IStablecoinRegistry
    function listingOf(address token) external view returns (Listing memory listing, bool permitted, bool halted) {
        Entry storage entry = _entries[token];
        return (entry.listing, entry.permitted, entry.halted);
    }
}
