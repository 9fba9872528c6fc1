// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IRevenueWaterfall} from "./IRevenueWaterfall.sol";

/// @title Makes a fleet's waterfall and its share tokens as clones with their terms in their code
interface IRevenueFactory {
    event RevenueCreated(
        uint48 indexed fleetId,
        address indexed waterfall,
        address[] shares,
        IRevenueWaterfall.Terms terms,
        IRevenueWaterfall.Tranche[] tranches,
        address holder
    );

    error RevenueFactory_BadTrancheCount(uint256 count);
    error RevenueFactory_ZeroFace(uint256 tranche);
    error RevenueFactory_EquityHasCoupon(uint16 couponBps);
    error RevenueFactory_NoCoupon(uint256 tranche);
    error RevenueFactory_FeesExceedRent(uint256 bps);
    error RevenueFactory_BadPeriod(uint32 period);
    error RevenueFactory_CurrencyMismatch(address expected, address actual);
    error RevenueFactory_ZeroAddress();

    /// @notice Creates the waterfall of a proposed fleet and one share token a tranche, each tranche's whole face minted to `holder`.
    /// Issuer only.
    function create(
        IRevenueWaterfall.Terms calldata terms,
        IRevenueWaterfall.Tranche[] calldata tranches,
        address holder
    ) external returns (address waterfall, address[] memory shares);
}
