// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title One fleet's waterfall: takes the rent its meters earned, pays each claim in order, streams what the tranches got
/// @notice Amounts are in the smallest unit of the settlement currency. Period k is [k P, (k+1) P) in Unix time.
interface IRevenueWaterfall {
    /// @notice The terms of a waterfall, fixed in its code.
    /// @param fleetId The fleet whose till it pulls
    /// @param currency The fleet's settlement currency
    /// @param period P, seconds between distributions
    /// @param protocolFeeBps Of rent, to `protocolTreasury`
    /// @param oracleFeeBps Of rent, to `oracleTreasury`
    /// @param operatorFeeBps Of rent, to the operator
    /// @param energyCapBps The most of rent that energy can take; what exceeds it is not carried over
    /// @param tariffPerKWh What the operator is paid for one metered kWh
    /// @param reserveTarget What the reserve, which covers senior shortfalls, is filled to
    struct Terms {
        uint48 fleetId;
        address currency;
        uint32 period;
        uint16 protocolFeeBps;
        uint16 oracleFeeBps;
        uint16 operatorFeeBps;
        uint16 energyCapBps;
        uint96 tariffPerKWh;
        uint96 reserveTarget;
        address protocolTreasury;
        address oracleTreasury;
    }

    /// @notice A class of claim, senior first; the last has no coupon and takes the rest.
    /// @param face What the coupon is a rate of, and the supply of the tranche's shares, in smallest units
    /// @param couponBps Yearly, simple, on `face`
    struct Tranche {
        uint96 face;
        uint16 couponBps;
    }

    enum Payee {
        Protocol,
        Oracle,
        Operator
    }

    /// @notice One distribution. `fees` are protocol, oracle, energy and operator's, in the order paid; `incomes` and `arrears` are per tranche.
    event Distributed(
        uint256 indexed period,
        uint96 rent,
        uint64 energyWh,
        uint96[4] fees,
        uint96 reserveIn,
        uint96 reserveOut,
        uint96[] incomes,
        uint96[] arrears
    );
    event FeePaid(Payee indexed payee, address indexed to, uint96 amount);

    error RevenueWaterfall_AlreadyDistributed(uint256 period, uint256 nextAt);
    error RevenueWaterfall_NotFactory(address caller);
    error RevenueWaterfall_AlreadyInitialised();
    error RevenueWaterfall_NotShare(uint256 tranche, address caller);
    error RevenueWaterfall_NotPayee(Payee payee, address caller);
    error RevenueWaterfall_NothingToClaim(Payee payee);

    /// @notice Pulls the till and pays it down the waterfall. Anyone may, once in each period.
    function distribute() external;

    /// @notice Pays what `payee` has been credited to `to`. Called by the payee: a treasury, or the holder of the fleet's title.
    function claimFee(Payee payee, address to) external returns (uint96 amount);

    /// @notice Pays a share holder's claim. The tranche's FleetShare only.
    function payIncome(uint256 tranche, address to, uint256 amount) external;

    /// @notice The total streamed to a tranche up to now.
    function streamed(uint256 tranche) external view returns (uint256);

    /// @notice A tranche's stream: fully streamed before `period`, streaming over it, and to stream over the next; and unpaid coupon.
    function streamOf(uint256 tranche)
        external
        view
        returns (uint96 base, uint96 streaming, uint96 pending, uint96 arrears, uint256 period);

    /// @notice What a payee can claim.
    function feeOf(Payee payee) external view returns (uint96);

    /// @notice What stands by for senior shortfalls.
    function reserve() external view returns (uint96);

    /// @notice When the last distribution was; at first the waterfall's creation. Unix seconds.
    function lastDistributedAt() external view returns (uint40);

    /// @notice The fixed terms.
    function terms() external view returns (Terms memory);

    /// @notice The tranches, senior first.
    function tranches() external view returns (Tranche[] memory);

    /// @notice The share token of a tranche.
    function shareOf(uint256 tranche) external view returns (address);
}
