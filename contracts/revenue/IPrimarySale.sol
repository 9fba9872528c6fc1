// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title Sales of share tokens at a fixed price, which count once a minimum is sold and are undone when it is not
/// @notice Until the minimum is sold, a buyer's money and his shares stay here, booked to him. From the purchase that reaches it on the
/// sale is successful for ever: what is bought is delivered at once, and earlier buyers collect. A sale that ends below its minimum
/// refunds every buyer what he paid. Nothing is bought while the fleet is not listed or its currency not permitted; whatever is listed,
/// everyone can take out what is his. Amounts are in the smallest unit of the fleet's settlement currency, shares in theirs; times are
/// Unix seconds.
/// @notice Shares earn while they lie here. That income is the seller's of the sale they lie for until they are delivered; from
/// then on it is their holder's. Anyone may deliver a buyer what he has not collected.
interface IPrimarySale {
    /// @notice What a seller offers.
    /// @param fleetId A listed fleet. Its waterfall, which never changes, names the share token and so what the buyer gets
    /// @param tranche The tranche of that waterfall, senior first
    /// @param price Smallest units of currency for one whole share, which is 10^decimals of its smallest units. Shares have their
    /// currency's decimals, so a price for the smallest unit could say 1 or 2 of currency a share, and nothing between
    /// @param cap How many shares are for sale; deposited at opening
    /// @param minimum How many must be sold for the sale to succeed, at most `cap`
    /// @param end When buying ends, at most 366 days ahead
    struct Offer {
        uint48 fleetId;
        uint8 tranche;
        uint96 price;
        uint96 cap;
        uint96 minimum;
        uint40 end;
    }

    /// @notice A sale, six slots.
    /// @param held Shares here for it: unsold, and sold but not delivered
    /// @param incomeIndex What a share of this token had earned here when this sale's income was last booked, times 2^64
    /// @param income Booked to the seller and not claimed; `incomeOf` adds what has come since
    /// @param proceeds Paid in and not out again: the buyers' until the sale succeeds, then the seller's
    /// @param decimals Of the share
    /// @param reclaimed Whether the seller has taken back what was not sold
    /// @param fleetId Which must be listed for shares to be bought
    struct Sale {
        address seller;
        uint96 price;
        address currency;
        uint96 cap;
        address share;
        uint96 held;
        uint160 incomeIndex;
        uint96 income;
        uint96 sold;
        uint96 proceeds;
        uint40 end;
        uint8 decimals;
        bool successful;
        bool reclaimed;
        uint96 minimum;
        uint48 fleetId;
    }

    /// @notice What a buyer bought before the sale succeeded, and has neither been delivered nor refunded. One slot.
    struct Booking {
        uint96 shares;
        uint96 paid;
    }

    event SaleOpened(
        uint256 indexed saleId, address indexed share, address indexed seller, address currency, Offer offer
    );
    /// @notice `delivered` says whether the shares went to the buyer at once or are booked to him.
    event Bought(uint256 indexed saleId, address indexed buyer, uint96 shares, uint96 cost, bool delivered);
    /// @notice The minimum is reached; `sold` includes the purchase that reached it, whose `Bought` follows.
    event SaleSucceeded(uint256 indexed saleId, uint96 sold);
    event Delivered(uint256 indexed saleId, address indexed buyer, address indexed to, uint96 shares);
    event Refunded(uint256 indexed saleId, address indexed buyer, address indexed to, uint96 amount);
    event Reclaimed(uint256 indexed saleId, address indexed to, uint96 shares);
    event Withdrawn(uint256 indexed saleId, address indexed to, uint96 amount);
    event SaleIncomeClaimed(uint256 indexed saleId, address indexed to, uint96 amount);

    error PrimarySale_UnknownSale(uint256 saleId);
    error PrimarySale_WaterfallOfAnother(address waterfall, uint256 fleetId, address currency);
    error PrimarySale_UnknownTranche(uint256 tranches, uint256 tranche);
    error PrimarySale_ZeroPrice();
    error PrimarySale_ZeroMinimum();
    error PrimarySale_ZeroShares();
    error PrimarySale_MinimumAboveCap(uint96 cap, uint96 minimum);
    error PrimarySale_EndNotAhead(uint256 time, uint256 end);
    error PrimarySale_EndTooLate(uint256 latest, uint256 end);
    error PrimarySale_ValueTooLarge(uint256 max, uint256 value);
    error PrimarySale_Ended(uint256 end, uint256 time);
    error PrimarySale_Reclaimed(uint256 saleId);
    error PrimarySale_NotEnded(uint256 end, uint256 time);
    error PrimarySale_NotEnoughLeft(uint256 left, uint256 shares);
    error PrimarySale_CostAboveMax(uint256 maxCost, uint256 cost);
    error PrimarySale_NotSuccessful(uint96 minimum, uint96 sold);
    error PrimarySale_Successful(uint96 minimum, uint96 sold);
    error PrimarySale_NotSeller(address seller, address caller);
    error PrimarySale_NothingBooked(uint256 saleId, address buyer);
    error PrimarySale_NothingToReclaim(uint256 saleId);
    error PrimarySale_NothingToWithdraw(uint256 saleId);
    error PrimarySale_NothingToClaim(uint256 saleId);
    error PrimarySale_BadRecipient(address to);
    error PrimarySale_WrongAmountReceived(uint256 expected, uint256 received);

    /// @notice Opens a sale of the caller's shares and takes all of them in. The caller has approved `cap` of the share token. The fleet is
    /// listed, with a waterfall made for it, and its currency permitted; all of `cap`, bought a smallest unit at a time, would cost less
    /// than 2^96.
    function open(Offer calldata offer) external returns (uint256 saleId);

    /// @notice Buys `shares` for the caller at `costOf`, which must not exceed `maxCost`; all of them or none. The caller has approved
    /// the cost. Refused while the fleet is not listed or its currency not permitted.
    function buy(uint256 saleId, uint96 shares, uint96 maxCost) external returns (uint96 cost);

    /// @notice `buy` with an ERC-2612 permit of `maxCost` for this contract. A permit that fails is passed over, for anyone can use one
    /// he has seen; the allowance then decides.
    function buyWithPermit(
        uint256 saleId,
        uint96 shares,
        uint96 maxCost,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint96 cost);

    /// @notice Sends the caller's booked shares of a successful sale to `to`.
    function collect(uint256 saleId, address to) external returns (uint96 shares);

    /// @notice Sends a buyer his booked shares of a successful sale, to the address that bought them and no other. Anyone may, at any time
    /// from success on, so that their income is the buyer's even if he forgets them. A buyer who wants them elsewhere collects first; one
    /// whose address can neither send shares on nor claim their income should buy from another.
    function deliver(uint256 saleId, address buyer) external returns (uint96 shares);

    /// @notice Pays the caller what he paid, when the sale has ended without success.
    function refund(uint256 saleId, address to) external returns (uint96 amount);

    /// @notice Sends the shares that were not sold to `to` once the sale has ended: all of them when it did not succeed. While nothing is
    /// sold the seller may at any time, and nobody buys any more; the smallest purchase holds him to his offer until the end. Seller only.
    function reclaim(uint256 saleId, address to) external returns (uint96 shares);

    /// @notice Pays the proceeds so far of a successful sale to `to`. Seller only.
    function withdraw(uint256 saleId, address to) external returns (uint96 amount);

    /// @notice Pays what the sale's shares have earned here to `to`, whether it succeeds or not. Seller only.
    function claimIncome(uint256 saleId, address to) external returns (uint96 amount);

    /// @notice What `shares` cost: shares x price / 10^decimals, rounded up, so that a share is never free.
    function costOf(uint256 saleId, uint96 shares) external view returns (uint256);

    /// @notice A sale's terms and books.
    function saleOf(uint256 saleId) external view returns (Sale memory);

    /// @notice What is booked to a buyer.
    function bookingOf(uint256 saleId, address buyer) external view returns (Booking memory);

    /// @notice What the seller could claim now of what the sale's shares have earned here.
    function incomeOf(uint256 saleId) external view returns (uint256);

    /// @notice How many sales there are; the newest has this id.
    function saleCount() external view returns (uint256);
}
