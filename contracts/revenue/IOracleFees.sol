// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title The oracle fee of all fleets, split over the signers of final reports
/// @notice Time is cut into rounds. What is collected during a round is split by how many of its final reports each node signed.
interface IOracleFees {
    event FeeCollected(address indexed waterfall, address indexed currency, uint64 indexed round, uint256 amount);
    event RoundClosed(uint64 indexed round, uint64 firstEpoch, uint64 lastEpoch, address[] nodes, uint32[] signed);
    event FeePaid(address indexed cold, address indexed currency, address indexed to, uint256 amount);

    error OracleFees_RoundOpen(uint64 round);
    error OracleFees_RoundTooShort(uint64 round, uint256 earliest);
    error OracleFees_NothingSigned(uint64 round);
    error OracleFees_AlreadyPaid(uint64 round, address cold, address currency);
    error OracleFees_ZeroAddress();

    /// @notice Takes the oracle fee a fleet's waterfall has set aside into the present round. Anyone.
    function collect(address waterfall) external;

    /// @notice Ends the present round: counts who signed its final reports. Anyone, at most once a day; reverts while there is none.
    function closeRound() external;

    /// @notice Pays the caller, a node's cold address, its parts of closed rounds in one stablecoin, each rounded down. Returns the sum.
    function claim(uint64[] calldata rounds, address currency, address to) external returns (uint256 amount);

    /// @notice What `claim` would pay for one round.
    function shareOf(uint64 round, address cold, address currency) external view returns (uint256);

    /// @notice The round that is open; the first is 1.
    function round() external view returns (uint64);
}
