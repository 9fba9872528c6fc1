// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title The oracle fee of all fleets, split over the signers of final reports
/// @notice Time is cut into rounds. What is collected during a round is split by how many of its final reports each node signed: so much a
/// signature, rounded down. What rounding leaves goes into the round that is open when the first of the nodes claims.
interface IOracleFees {
    event FeeCollected(address indexed waterfall, address indexed currency, uint64 indexed round, uint256 amount);
    /// @notice The signatures counted in a round under one configuration; a round has one such event for each.
    event SignaturesCounted(uint64 indexed round, address[] nodes, uint32[] signed);
    /// @notice A round is over: of the final reports of epochs from `firstEpoch` to `lastEpoch`, `signatures` were counted.
    event RoundClosed(uint64 indexed round, uint64 firstEpoch, uint64 lastEpoch, uint32 signatures);
    event DustCarried(uint64 indexed round, address indexed currency, uint64 indexed into, uint256 amount);
    event FeePaid(address indexed cold, address indexed currency, address indexed to, uint256 amount);

    error OracleFees_RoundOpen(uint64 round);
    error OracleFees_RoundTooShort(uint64 round, uint256 earliest);
    error OracleFees_NothingSigned(uint64 round);
    error OracleFees_AlreadyPaid(uint64 round, address cold, address currency);
    error OracleFees_ZeroAddress();

    /// @notice Takes the oracle fee a fleet's waterfall has set aside into the present round. Anyone. What counts is what arrives: a contract
    /// that is no waterfall can only give.
    function collect(address waterfall) external;

    /// @notice Ends the present round: counts who signed the final reports since the last one, as far back as the oracle keeps them. Anyone,
    /// at most once a day; reverts while there is none.
    function closeRound() external;

    /// @notice Pays the caller, a node's cold address, its parts of closed rounds in one stablecoin. Returns the sum.
    function claim(uint64[] calldata rounds, address currency, address to) external returns (uint256 amount);

    /// @notice What `claim` would pay for one round; zero while it is open.
    function shareOf(uint64 round, address cold, address currency) external view returns (uint256);

    /// @notice What was collected in a round, less what of it is dust, once that was carried on.
    function potOf(uint64 round, address currency) external view returns (uint256);

    /// @notice How many reports of a closed round a node signed, and how many signatures were counted in all.
    function signedOf(uint64 round, address cold) external view returns (uint32 signed, uint32 total);

    /// @notice The round that is open; the first is 1.
    function round() external view returns (uint64);

    /// @notice From when on the open round can be closed, Unix seconds.
    function closableFrom() external view returns (uint256);
}
