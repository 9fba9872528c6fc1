// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title What nodes have at stake, per stablecoin, and what of it stands behind the escrow of leases
/// @notice A node's bond is its own: nobody but the node takes it out, and only evidence against the node takes it away. It is in the stablecoins
/// leases settle in, since a false report steals in those.
interface INodeBonds {
    event Bonded(address indexed cold, address indexed currency, address indexed payer, uint96 amount);
    event Unbonding(address indexed cold, address indexed currency, uint96 amount, uint40 until);
    event BondWithdrawn(address indexed cold, address indexed currency, address indexed to, uint96 amount);
    event Slashed(address indexed cold, uint32 indexed generation, address indexed challenger);
    event Seized(
        address indexed cold, uint32 indexed generation, address indexed currency, uint96 toChallenger, uint96 toReserve
    );
    event Claimed(address indexed payee, address indexed currency, address indexed to, uint96 amount);
    event CoverRefreshed(address indexed currency, uint128 cover);

    error NodeBonds_ZeroAmount();
    error NodeBonds_ZeroAddress();
    error NodeBonds_BondTooSmall(address cold, uint256 bonded, uint256 wanted);
    error NodeBonds_StillUnbonding(address cold, uint256 until);
    error NodeBonds_NotEvidence(address caller);
    error NodeBonds_NotNodeSet(address caller);
    error NodeBonds_NotSlashed(address cold, uint32 generation);
    error NodeBonds_WrongAmountReceived(uint256 expected, uint256 received);

    /// @notice Adds to a node's bond. Anyone may pay for a node; what is paid is the node's.
    function deposit(address cold, address currency, uint96 amount) external;

    /// @notice Takes `amount` of the caller's bond out of cover at once, and out of reach of slashing after 21 days. Asking again adds up
    /// and starts the 21 days anew.
    function unbond(address currency, uint96 amount) external;

    /// @notice Pays the caller what has been unbonding for 21 days. Returns the amount.
    function withdraw(address currency, address to) external returns (uint96 amount);

    /// @notice Takes the whole bond of each node, also what is unbonding, in every stablecoin; 20 % is the challenger's, the rest the reserve's.
    /// The oracle's evidence contract only.
    /// @dev Constant work for a node, however many stablecoins it has bonds in: its generation goes up, and `seize` books each.
    function slash(address[] calldata colds, address challenger) external;

    /// @notice Books a slashed bond of one stablecoin to challenger (a fifth, rounded down) and reserve. Anyone; once.
    function seize(address cold, uint32 generation, address currency) external;

    /// @notice Pays the caller what was booked to him. Returns the amount.
    function claim(address currency, address to) external returns (uint96 amount);

    /// @notice Works the cover of a stablecoin out anew. Anyone.
    function refreshCover(address currency) external;

    /// @notice Makes every cover zero until it is refreshed. NodeSet only, when its members or their keys change.
    function membersChanged() external;

    /// @notice What a quorum would lose by a false report, at least: the sum of the q smallest bonds of the members that have a key, in units
    /// of `currency`. Zero when fewer than q have one, and when it was not refreshed since the members changed.
    function coverOf(address currency) external view returns (uint256);

    /// @notice A node's bond in a stablecoin: what stands in cover, what is unbonding, and until when (Unix seconds).
    function bondOf(address cold, address currency)
        external
        view
        returns (uint96 bonded, uint96 unbonding, uint40 until);

    /// @notice What was slashed of a generation's bond and is not seized yet.
    function slashedBondOf(address cold, uint32 generation, address currency) external view returns (uint96);

    /// @notice How often a node was slashed.
    function generationOf(address cold) external view returns (uint32);

    /// @notice What was booked to a challenger or the reserve and not claimed yet.
    function claimable(address payee, address currency) external view returns (uint96);

    /// @notice Who gets what of a slashed bond the challenger does not.
    function reserve() external view returns (address);
}
