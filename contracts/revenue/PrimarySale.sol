// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {IFleetRegistry} from "../fleet/IFleetRegistry.sol";
import {IStablecoinRegistry} from "../payments/IStablecoinRegistry.sol";
import {IFleetShare} from "./IFleetShare.sol";
import {IPrimarySale} from "./IPrimarySale.sol";
import {IRevenueWaterfall} from "./IRevenueWaterfall.sol";

/// @title PrimarySale
/// @notice See IPrimarySale.
/// @dev Holds shares for sale, buyers' money until a sale succeeds, sellers' proceeds, and what the shares earn meanwhile. What it assumes:
/// - A permitted currency moves exactly the amount asked, checked on the way in, and never more than 2^96 - 1 smallest units exist. It may
///   be paused, upgraded and block holders: then what moves it reverts and stays booked; shares are delivered all the same. One that starts
///   to keep a fee is not bought with any more; proceeds and refunds go out in full, less the fee, but income stays booked, in the
///   waterfall, until it comes in whole again: paid out of what came in short, it would be paid out of others' money.
/// - A share token is what a listed fleet's waterfall says. One that lied could spoil sales of itself and no others: it is believed about
///   its income only as far as it pays.
/// - Nobody administers this contract. Fleets and stablecoins are listed elsewhere: a listing that ends stops opening and buying, and nothing
///   else. So their listers, and a stablecoin's price feed, can keep a sale from its minimum, but nobody from what is his.
/// - Tokens sent to it otherwise are nobody's and stay; what shares sent so earn while a sale of that token holds some is its seller's.
/// - Dust: a booking of income leaves less than one smallest unit, and less than 2^-64 of a unit a share, which are nobody's.
/// - Not checked: what the price is worth, and who the seller is. Anyone who holds shares may sell them here.
contract PrimarySale is IPrimarySale, ReentrancyGuard {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

    uint256 private constant MAX_DURATION = 366 days;

    /// @dev What all sales of one share token earned, two slots. `index` is per share, times 2^64: fewer than 2^96 smallest units are
    /// ever earned, so it fits. `counted` is what the token owed this contract when it was last looked at, and is in `index`; `held` is the
    /// sum of the sales' own. So sales are never booked more than `counted` grew by, and that has to come in before any is paid.
    struct Earnings {
        uint160 index;
        uint96 counted;
        uint96 held;
    }

    IFleetRegistry private immutable FLEETS;
    IStablecoinRegistry private immutable STABLECOINS;

    uint256 private _lastSaleId;
    mapping(uint256 saleId => Sale) private _sales;
    mapping(uint256 saleId => mapping(address buyer => Booking)) private _bookings;
    mapping(address share => mapping(address currency => Earnings)) private _earnings;

    constructor(IFleetRegistry fleets, IStablecoinRegistry stablecoins) {
        FLEETS = fleets;
        STABLECOINS = stablecoins;
    }

    // ------------------------------------------------------------------ //
    // Selling
    // ------------------------------------------------------------------ //

    /// @inheritdoc IPrimarySale
    function open(Offer calldata offer) external nonReentrant returns (uint256 saleId) {
        // Check
        IFleetRegistry.FleetTerms memory terms = FLEETS.termsOf(offer.fleetId);
        STABLECOINS.requirePermitted(terms.currency);
        IFleetShare share = _shareOf(terms, offer);
        uint8 decimals = share.decimals();
        _checkOffer(offer, decimals);

        // Effect
        saleId = ++_lastSaleId;
        Sale storage sale = _sales[saleId];
        sale.seller = msg.sender;
        sale.price = offer.price;
        sale.currency = terms.currency;
        sale.cap = offer.cap;
        sale.share = address(share);
        (sale.minimum, sale.fleetId) = (offer.minimum, offer.fleetId);
        (sale.end, sale.decimals) = (offer.end, decimals);
        _bookIncome(sale);
        _earnings[address(share)][terms.currency].held += offer.cap;
        sale.held = offer.cap;
        emit SaleOpened(saleId, address(share), msg.sender, terms.currency, offer);

        // Interaction
        _pull(IERC20(address(share)), offer.cap);
    }

    /// @dev The fleet's own word for its share: nothing the seller names is asked. A waterfall made for another fleet pays in that one's
    /// currency, which is not what income is counted and paid in here.
    function _shareOf(IFleetRegistry.FleetTerms memory fleet, Offer calldata offer) private view returns (IFleetShare) {
        IRevenueWaterfall waterfall = IRevenueWaterfall(fleet.revenue);
        IRevenueWaterfall.Terms memory terms = waterfall.terms();
        require(
            terms.fleetId == offer.fleetId && terms.currency == fleet.currency,
            PrimarySale_WaterfallOfAnother(address(waterfall), terms.fleetId, terms.currency)
        );
        uint256 tranches = waterfall.tranches().length;
        require(offer.tranche < tranches, PrimarySale_UnknownTranche(tranches, offer.tranche));
        return IFleetShare(waterfall.shareOf(offer.tranche));
    }

    function _checkOffer(Offer calldata offer, uint8 decimals) private view {
        require(offer.price != 0, PrimarySale_ZeroPrice());
        require(offer.minimum != 0, PrimarySale_ZeroMinimum());
        require(offer.minimum <= offer.cap, PrimarySale_MinimumAboveCap(offer.cap, offer.minimum));
        require(offer.end > block.timestamp, PrimarySale_EndNotAhead(block.timestamp, offer.end));
        uint256 latest = block.timestamp + MAX_DURATION;
        require(offer.end <= latest, PrimarySale_EndTooLate(latest, offer.end));
        // At most `cap` purchases, each rounded up by less than one smallest unit: all that can ever be paid in.
        uint256 value = _costUp(offer.cap, offer.price, decimals) + offer.cap;
        require(value <= type(uint96).max, PrimarySale_ValueTooLarge(type(uint96).max, value));
    }

    /// @inheritdoc IPrimarySale
    function reclaim(uint256 saleId, address to) external nonReentrant returns (uint96 shares) {
        // Check
        Sale storage sale = _asSeller(saleId, to);
        // Before anything is sold it touches no buyer.
        if (sale.sold != 0) _requireEnded(sale);
        shares = sale.successful ? sale.cap - sale.sold : sale.cap;
        require(shares != 0 && !sale.reclaimed, PrimarySale_NothingToReclaim(saleId));

        // Effect
        sale.reclaimed = true;
        _release(sale, shares);
        emit Reclaimed(saleId, to, shares);

        // Interaction
        IERC20(sale.share).safeTransfer(to, shares);
    }

    /// @inheritdoc IPrimarySale
    function withdraw(uint256 saleId, address to) external nonReentrant returns (uint96 amount) {
        // Check
        Sale storage sale = _asSeller(saleId, to);
        _requireSuccessful(sale);
        amount = sale.proceeds;
        require(amount != 0, PrimarySale_NothingToWithdraw(saleId));

        // Effect
        sale.proceeds = 0;
        emit Withdrawn(saleId, to, amount);

        // Interaction
        IERC20(sale.currency).safeTransfer(to, amount);
    }

    // ------------------------------------------------------------------ //
    // Buying
    // ------------------------------------------------------------------ //

    /// @inheritdoc IPrimarySale
    function buy(uint256 saleId, uint96 shares, uint96 maxCost) external nonReentrant returns (uint96 cost) {
        Sale storage sale = _existing(saleId);
        bool delivered;
        (cost, delivered) = _book(sale, saleId, shares, maxCost);
        _exchange(sale, shares, cost, delivered);
    }

    /// @inheritdoc IPrimarySale
    function buyWithPermit(
        uint256 saleId,
        uint96 shares,
        uint96 maxCost,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant returns (uint96 cost) {
        Sale storage sale = _existing(saleId);
        bool delivered;
        (cost, delivered) = _book(sale, saleId, shares, maxCost);
        // Anyone can use a permit they have seen. The allowance then stands, so the failure here is nothing.
        try IERC20Permit(sale.currency).permit(msg.sender, address(this), maxCost, deadline, v, r, s) {} catch {}
        _exchange(sale, shares, cost, delivered);
    }

    /// @dev Writes a purchase. The currency is the caller's to bring in, and the shares to hand out when they are `delivered`.
    function _book(Sale storage sale, uint256 saleId, uint96 shares, uint96 maxCost)
        private
        returns (uint96 cost, bool delivered)
    {
        // Check
        _requireOnSale(sale, saleId);
        require(shares != 0, PrimarySale_ZeroShares());
        uint96 sold = sale.sold;
        uint256 left = sale.cap - sold;
        require(shares <= left, PrimarySale_NotEnoughLeft(left, shares));
        uint256 exact = _costUp(shares, sale.price, sale.decimals);
        require(exact <= maxCost, PrimarySale_CostAboveMax(maxCost, exact));
        cost = uint96(exact);

        // Effect
        sold += shares;
        sale.sold = sold;
        sale.proceeds += cost;
        delivered = sale.successful;
        if (!delivered && sold >= sale.minimum) {
            sale.successful = delivered = true;
            emit SaleSucceeded(saleId, sold);
        }
        if (delivered) {
            _release(sale, shares);
        } else {
            Booking storage booking = _bookings[saleId][msg.sender];
            booking.shares += shares;
            booking.paid += cost;
        }
        emit Bought(saleId, msg.sender, shares, cost, delivered);
    }

    function _exchange(Sale storage sale, uint96 shares, uint96 cost, bool delivered) private {
        // Interaction
        _pull(IERC20(sale.currency), cost);
        if (delivered) IERC20(sale.share).safeTransfer(msg.sender, shares);
    }

    /// @inheritdoc IPrimarySale
    function collect(uint256 saleId, address to) external nonReentrant returns (uint96 shares) {
        return _deliver(saleId, msg.sender, to);
    }

    /// @inheritdoc IPrimarySale
    function deliver(uint256 saleId, address buyer) external nonReentrant returns (uint96 shares) {
        return _deliver(saleId, buyer, buyer);
    }

    function _deliver(uint256 saleId, address buyer, address to) private returns (uint96 shares) {
        // Check
        Sale storage sale = _existing(saleId);
        _requireRecipient(to);
        _requireSuccessful(sale);
        shares = _bookings[saleId][buyer].shares;
        require(shares != 0, PrimarySale_NothingBooked(saleId, buyer));

        // Effect
        delete _bookings[saleId][buyer];
        _release(sale, shares);
        emit Delivered(saleId, buyer, to, shares);

        // Interaction
        IERC20(sale.share).safeTransfer(to, shares);
    }

    /// @inheritdoc IPrimarySale
    function refund(uint256 saleId, address to) external nonReentrant returns (uint96 amount) {
        // Check
        Sale storage sale = _existing(saleId);
        _requireRecipient(to);
        require(!sale.successful, PrimarySale_Successful(sale.minimum, sale.sold));
        _requireEnded(sale);
        amount = _bookings[saleId][msg.sender].paid;
        require(amount != 0, PrimarySale_NothingBooked(saleId, msg.sender));

        // Effect
        delete _bookings[saleId][msg.sender];
        sale.proceeds -= amount;
        emit Refunded(saleId, msg.sender, to, amount);

        // Interaction
        IERC20(sale.currency).safeTransfer(to, amount);
    }

    // ------------------------------------------------------------------ //
    // Income
    // ------------------------------------------------------------------ //

    /// @inheritdoc IPrimarySale
    function claimIncome(uint256 saleId, address to) external nonReentrant returns (uint96 amount) {
        // Check
        Sale storage sale = _asSeller(saleId, to);
        _bookIncome(sale);
        amount = sale.income;
        require(amount != 0, PrimarySale_NothingToClaim(saleId));

        // Effect
        sale.income = 0;
        Earnings storage earnings = _earnings[sale.share][sale.currency];
        uint96 counted = earnings.counted;
        earnings.counted = 0;
        emit SaleIncomeClaimed(saleId, to, amount);

        // Interaction: all that the token owes comes in, this sale's part of it and of what came before goes out.
        IERC20 currency = IERC20(sale.currency);
        if (counted != 0) {
            uint256 before = currency.balanceOf(address(this));
            IFleetShare(sale.share).claim(address(this));
            _requireReceived(currency, before, counted);
        }
        currency.safeTransfer(to, amount);
    }

    /// @dev Lets shares go that lay here for `sale`: what they earned is booked first.
    function _release(Sale storage sale, uint96 shares) private {
        _bookIncome(sale);
        sale.held -= shares;
        _earnings[sale.share][sale.currency].held -= shares;
    }

    /// @dev Brings the token's index and the sale's income up to now.
    function _bookIncome(Sale storage sale) private {
        Earnings memory earnings = _earned(sale);
        Earnings storage stored = _earnings[sale.share][sale.currency];
        (stored.index, stored.counted) = (earnings.index, earnings.counted);
        sale.income += _incomeSince(sale, earnings.index);
        sale.incomeIndex = earnings.index;
    }

    /// @dev A token's earnings with what it owes now counted in. With no share held for a sale it is nobody's.
    function _earned(Sale storage sale) private view returns (Earnings memory earnings) {
        earnings = _earnings[sale.share][sale.currency];
        uint96 owed = IFleetShare(sale.share).claimable(address(this)).toUint96();
        if (earnings.held != 0) earnings.index += uint160((uint256(owed - earnings.counted) << 64) / earnings.held);
        earnings.counted = owed;
    }

    function _incomeSince(Sale storage sale, uint160 index) private view returns (uint96) {
        return uint96((uint256(sale.held) * (index - sale.incomeIndex)) >> 64);
    }

    // ------------------------------------------------------------------ //
    // Views
    // ------------------------------------------------------------------ //

    /// @inheritdoc IPrimarySale
    function costOf(uint256 saleId, uint96 shares) external view returns (uint256) {
        Sale storage sale = _existing(saleId);
        return _costUp(shares, sale.price, sale.decimals);
    }

    /// @inheritdoc IPrimarySale
    function saleOf(uint256 saleId) external view returns (Sale memory) {
        return _existing(saleId);
    }

    /// @inheritdoc IPrimarySale
    function bookingOf(uint256 saleId, address buyer) external view returns (Booking memory) {
        return _bookings[saleId][buyer];
    }

    /// @inheritdoc IPrimarySale
    function incomeOf(uint256 saleId) external view returns (uint256) {
        Sale storage sale = _existing(saleId);
        return sale.income + _incomeSince(sale, _earned(sale).index);
    }

    /// @inheritdoc IPrimarySale
    function saleCount() external view returns (uint256) {
        return _lastSaleId;
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    function _existing(uint256 saleId) private view returns (Sale storage sale) {
        sale = _sales[saleId];
        require(sale.seller != address(0), PrimarySale_UnknownSale(saleId));
    }

    function _asSeller(uint256 saleId, address to) private view returns (Sale storage sale) {
        sale = _existing(saleId);
        require(msg.sender == sale.seller, PrimarySale_NotSeller(sale.seller, msg.sender));
        _requireRecipient(to);
    }

    /// @dev What came back to this contract would be nobody's.
    function _requireRecipient(address to) private view {
        require(to != address(0) && to != address(this), PrimarySale_BadRecipient(to));
    }

    /// @dev Entry, and so the one thing here that a listing's end stops.
    function _requireOnSale(Sale storage sale, uint256 saleId) private view {
        require(block.timestamp < sale.end, PrimarySale_Ended(sale.end, block.timestamp));
        require(!sale.reclaimed, PrimarySale_Reclaimed(saleId));
        FLEETS.termsOf(sale.fleetId);
        STABLECOINS.requirePermitted(sale.currency);
    }

    function _requireEnded(Sale storage sale) private view {
        require(block.timestamp >= sale.end, PrimarySale_NotEnded(sale.end, block.timestamp));
    }

    function _requireSuccessful(Sale storage sale) private view {
        require(sale.successful, PrimarySale_NotSuccessful(sale.minimum, sale.sold));
    }

    /// @dev Rounded up, in the seller's favour: by less than one smallest unit a purchase.
    function _costUp(uint96 shares, uint96 price, uint8 decimals) private pure returns (uint256) {
        return Math.ceilDiv(uint256(shares) * price, 10 ** decimals);
    }

    function _pull(IERC20 token, uint256 amount) private {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        _requireReceived(token, before, amount);
    }

    /// @dev A token that keeps a fee would leave the books short of what they owe.
    function _requireReceived(IERC20 token, uint256 before, uint256 amount) private view {
        uint256 received = token.balanceOf(address(this)) - before;
        require(received == amount, PrimarySale_WrongAmountReceived(amount, received));
    }
}
