// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Vm} from "forge-std/Vm.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IFleetRegistry} from "../../../contracts/fleet/IFleetRegistry.sol";
import {FleetShare} from "../../../contracts/revenue/FleetShare.sol";
import {IPrimarySale} from "../../../contracts/revenue/IPrimarySale.sol";
import {PrimarySale} from "../../../contracts/revenue/PrimarySale.sol";
import {SaleBooks} from "./SaleBooks.sol";
import {TestUSD} from "../../../contracts/testing/TestUSD.sol";

/// @title Two sellers of two shares, three buyers beside the sellers themselves, rent and gifts now and then, listings that end
/// @dev Each action must succeed, or discards itself when there is nothing to do (I9: nobody else's acts can make it fail). Two books are
/// kept apart from the contract's: one from its events alone, and what each sale's shares earn while they lie in it, from what streams.
/// While a listing has ended buying must be refused, and everything else go on.
contract SaleWorld is SaleBooks {
    uint256 private constant MOST_SALES = 8;
    /// @dev Of a sale: a buyer's each, and reclaim, withdraw and claimIncome.
    uint256 private constant EXITS = 8;
    uint256 private constant BUYERS = 5;

    /// @dev Times 2^64, so that nothing is lost between moments.
    mapping(uint256 saleId => uint256) private _earned;
    mapping(address share => uint256) private _streamedThen;
    /// @dev Bookings of income, each of which may leave a unit here, and claims and transfers of the share, which may leave one there.
    uint256 public touches;
    uint256 public sharesOutOfTurn;
    uint256 public soldUnlisted;
    /// @dev Shares sent to the contract: what they earn is the sellers' whose shares lie there, and nobody's while none does.
    mapping(address share => uint256) public given;
    uint256 private _nobodys;

    address[2] private _sellers;
    address[BUYERS] private _buyers;
    FleetShare[2] private _shares;

    function setUp() public override {
        super.setUp();
        _sellers = [investor, heir];
        _buyers = [alice, bob, carol, investor, heir];
        _shares = [senior, equity];
        vm.startPrank(investor);
        senior.transfer(heir, SENIOR_FACE / 2);
        equity.transfer(heir, EQUITY_FACE / 2);
        vm.stopPrank();
    }

    /// @dev Lets what has streamed count for who held the shares, then reads what happened.
    modifier lived() {
        _count();
        vm.recordLogs();
        _;
        _read();
        ++touches;
    }

    // ------------------------------------------------------------------ //
    // Actions
    // ------------------------------------------------------------------ //

    function open(uint256 seed, uint96 cap, uint96 minimum, uint96 price) external lived {
        seed = _mix(seed);
        vm.assume(sales.saleCount() < MOST_SALES && _listed());
        FleetShare share = _shares[seed % 2];
        address who = _sellers[seed / 2 % 2];
        uint256 most = share.balanceOf(who) / 2;
        vm.assume(most != 0);
        IPrimarySale.Offer memory offer = _offer();
        offer.tranche = uint8(seed % 2);
        offer.cap = uint96(bound(cap, 1, most));
        offer.minimum = uint96(bound(minimum, 1, offer.cap));
        offer.price = uint96(bound(price, 1, 10e6));
        offer.end = uint40(block.timestamp + 1 + seed % 20 days);
        vm.startPrank(who);
        share.approve(address(sales), offer.cap);
        sales.open(offer);
        vm.stopPrank();
    }

    function buy(uint256 seed, uint96 shares) external lived {
        seed = _mix(seed);
        uint256 saleId = _any(seed, _isOnSale);
        IPrimarySale.Sale memory sale = sales.saleOf(saleId);
        // Often all that the minimum wants, or all there is.
        uint96 left = sale.cap - sale.sold;
        uint96 wanting = sale.minimum > sale.sold ? sale.minimum - sale.sold : left;
        shares = seed >> 16 & 3 == 0 ? wanting : uint96(bound(shares, 1, left));
        address buyer = _buyers[(seed >> 8) % BUYERS];
        if (!_listed()) return _refuseAndList(buyer, saleId, shares);
        uint256 had = FleetShare(sale.share).balanceOf(buyer);
        _buy(buyer, saleId, shares);
        uint256 got = FleetShare(sale.share).balanceOf(buyer) - had;
        if (got != (sale.sold + shares >= sale.minimum ? shares : 0)) ++sharesOutOfTurn;
    }

    /// @dev Listed again at last, that there be something to do.
    function _refuseAndList(address buyer, uint256 saleId, uint96 shares) private {
        uint96 cost = _fund(buyer, saleId, shares);
        vm.prank(buyer);
        try sales.buy(saleId, shares, cost) {
            ++soldUnlisted;
        } catch {}
        (IFleetRegistry.Status status,,) = registry.statusOf(fleetId);
        vm.startPrank(issuer);
        if (status != IFleetRegistry.Status.Listed) registry.list(fleetId, address(waterfall));
        stablecoins.list(address(usd), _listing());
        stablecoins.resume(address(usd));
        vm.stopPrank();
    }

    /// @notice The fleet is delisted, its currency halted or delisted.
    function unlist(uint256 seed) external lived {
        vm.assume(_listed());
        _unlist(_mix(seed) % 3);
    }

    function _unlist(uint256 which) private {
        vm.prank(which == 2 ? issuer : guardian);
        if (which == 0) registry.delist(fleetId);
        else if (which == 1) stablecoins.halt(address(usd));
        else stablecoins.delist(address(usd));
    }

    function _listed() private view returns (bool) {
        (IFleetRegistry.Status status,,) = registry.statusOf(fleetId);
        (, bool permitted, bool halted) = stablecoins.listingOf(address(usd));
        return status == IFleetRegistry.Status.Listed && permitted && !halted;
    }

    /// @notice Somebody sends shares to the contract without being asked.
    function give(uint256 seed, uint96 amount) external lived {
        seed = _mix(seed);
        FleetShare share = _shares[seed % 2];
        address who = _sellers[seed / 2 % 2];
        uint256 most = share.balanceOf(who) / 4;
        vm.assume(most != 0);
        amount = uint96(bound(amount, 1, most));
        vm.prank(who);
        share.transfer(address(sales), amount);
        given[address(share)] += amount;
    }

    function collect(uint256 seed) external lived {
        seed = _mix(seed);
        (uint256 saleId, address buyer) = _anyBooking(seed, true);
        if (seed >> 16 & 1 == 0) {
            sales.deliver(saleId, buyer);
        } else {
            vm.prank(buyer);
            sales.collect(saleId, heir);
        }
    }

    function refund(uint256 seed) external lived {
        seed = _mix(seed);
        (uint256 saleId, address buyer) = _anyBooking(seed, false);
        vm.prank(buyer);
        sales.refund(saleId, buyer);
    }

    function reclaim(uint256 seed) external lived {
        seed = _mix(seed);
        uint256 saleId = _any(seed, _isReclaimable);
        vm.prank(sales.saleOf(saleId).seller);
        sales.reclaim(saleId, investor);
    }

    function withdraw(uint256 seed) external lived {
        seed = _mix(seed);
        uint256 saleId = _any(seed, _hasProceeds);
        vm.prank(sales.saleOf(saleId).seller);
        sales.withdraw(saleId, issuer);
    }

    function claimIncome(uint256 seed) external lived {
        seed = _mix(seed);
        uint256 saleId = _any(seed, _hasIncome);
        vm.prank(sales.saleOf(saleId).seller);
        sales.claimIncome(saleId, issuer);
    }

    function distribute(uint96 rent) external lived {
        _distribute(uint96(bound(rent, 1, 1e12)));
        _count();
    }

    function pass(uint256 time) external lived {
        vm.warp(block.timestamp + 1 + time % 3 days);
        _count();
    }

    /// @notice Everyone takes what is his, once every sale has ended and nothing is listed, in an order that each run draws for itself.
    function leaveWithEverything() external lived {
        vm.warp(block.timestamp + 20 days);
        _count();
        if (_listed()) {
            for (uint256 i = 0; i < 3; ++i) {
                _unlist(i);
            }
        }
        uint256 exits = sales.saleCount() * EXITS;
        uint256[] memory order = new uint256[](exits);
        uint256 seed = _mix(uint256(keccak256(abi.encode(touches, block.timestamp, usd.totalSupply()))));
        for (uint256 i = 0; i < exits; ++i) {
            uint256 other = uint256(keccak256(abi.encode(seed, i))) % (i + 1);
            order[i] = order[other];
            order[other] = i;
        }
        for (uint256 i = 0; i < exits; ++i) {
            _exit(order[i] / EXITS + 1, order[i] % EXITS);
            ++touches;
        }
    }

    function _exit(uint256 id, uint256 which) private {
        IPrimarySale.Sale memory sale = sales.saleOf(id);
        address buyer = which < BUYERS ? _buyers[which] : address(0);
        vm.startPrank(which < BUYERS ? buyer : sale.seller);
        if (which < BUYERS && sales.bookingOf(id, buyer).shares != 0) {
            if (sale.successful) sales.collect(id, buyer);
            else sales.refund(id, buyer);
        }
        if (which == BUYERS && _isReclaimable(id)) sales.reclaim(id, issuer);
        if (which == BUYERS + 1 && _hasProceeds(id)) sales.withdraw(id, issuer);
        if (which == BUYERS + 2 && _hasIncome(id)) sales.claimIncome(id, issuer);
        vm.stopPrank();
    }

    // ------------------------------------------------------------------ //
    // The books
    // ------------------------------------------------------------------ //

    /// @dev What streamed since the last moment, to each sale for the shares it held: a holder's part, by the book from events.
    function _count() private {
        for (uint256 i = 0; i < 2; ++i) {
            uint256 streamed = waterfall.streamed(i);
            uint256 since = streamed - _streamedThen[address(_shares[i])];
            _streamedThen[address(_shares[i])] = streamed;
            _share(address(_shares[i]), since, _shares[i].totalSupply());
        }
    }

    function _share(address share, uint256 since, uint256 supply) private {
        uint256 count = sales.saleCount();
        uint256 lying = 0;
        for (uint256 id = 1; id <= count; ++id) {
            if (_books[id].share == share) lying += _books[id].held;
        }
        uint256 all = ((lying + given[share]) * since << 64) / supply;
        if (lying == 0) _nobodys += all;
        for (uint256 id = 1; id <= count && lying != 0; ++id) {
            if (_books[id].share == share) _earned[id] += Math.mulDiv(all, _books[id].held, lying);
        }
    }

    function _read() private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter == address(sales)) _readSale(logs[i]);
        }
    }

    /// @notice What a sale's shares earned while they lay in it, rounded down.
    function earnedOf(uint256 saleId) external view returns (uint256) {
        return _earned[saleId] >> 64;
    }

    /// @notice What gifts earned while no share lay here for a sale, rounded up.
    function nobodys() external view returns (uint256) {
        return (_nobodys >> 64) + 1;
    }

    function contracts()
        external
        view
        returns (PrimarySale, TestUSD, FleetShare[2] memory shares, address[BUYERS] memory buyers)
    {
        return (sales, usd, _shares, _buyers);
    }

    // ------------------------------------------------------------------ //
    // What there is to do
    // ------------------------------------------------------------------ //

    /// @dev The fuzzer likes small numbers; actions take their choices from all of a word.
    function _mix(uint256 seed) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed)));
    }

    /// @dev The first that `is_` from a random one on, or nothing to do.
    function _any(uint256 seed, function(uint256) view returns (bool) is_) private view returns (uint256) {
        uint256 count = sales.saleCount();
        for (uint256 i = 0; i < count; ++i) {
            uint256 saleId = (seed % count + i) % count + 1;
            if (is_(saleId)) return saleId;
        }
        vm.assume(false);
        return 0;
    }

    function _anyBooking(uint256 seed, bool successful) private view returns (uint256 saleId, address buyer) {
        saleId = _any(seed, successful ? _isCollectable : _isRefundable);
        for (uint256 i = 0; i < BUYERS; ++i) {
            buyer = _buyers[((seed >> 8) % BUYERS + i) % BUYERS];
            if (sales.bookingOf(saleId, buyer).shares != 0) return (saleId, buyer);
        }
    }

    function _isOnSale(uint256 saleId) private view returns (bool) {
        IPrimarySale.Sale memory sale = sales.saleOf(saleId);
        return block.timestamp < sale.end && sale.sold < sale.cap && !sale.reclaimed;
    }

    function _isCollectable(uint256 saleId) private view returns (bool) {
        return sales.saleOf(saleId).successful && _isBooked(saleId);
    }

    function _isRefundable(uint256 saleId) private view returns (bool) {
        IPrimarySale.Sale memory sale = sales.saleOf(saleId);
        return !sale.successful && block.timestamp >= sale.end && _isBooked(saleId);
    }

    function _isBooked(uint256 saleId) private view returns (bool) {
        for (uint256 i = 0; i < BUYERS; ++i) {
            if (sales.bookingOf(saleId, _buyers[i]).shares != 0) return true;
        }
        return false;
    }

    function _isReclaimable(uint256 saleId) private view returns (bool) {
        IPrimarySale.Sale memory sale = sales.saleOf(saleId);
        bool any = !sale.successful || sale.sold < sale.cap;
        return (block.timestamp >= sale.end || sale.sold == 0) && !sale.reclaimed && any;
    }

    function _hasProceeds(uint256 saleId) private view returns (bool) {
        IPrimarySale.Sale memory sale = sales.saleOf(saleId);
        return sale.successful && sale.proceeds != 0;
    }

    function _hasIncome(uint256 saleId) private view returns (bool) {
        return sales.incomeOf(saleId) != 0;
    }
}
