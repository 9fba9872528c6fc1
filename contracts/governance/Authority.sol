// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

/// @title The one AccessManager every administrated contract answers to
/// @notice Roles: 0 admin, 1 issuer (lists stablecoins and fleets, creates revenue, configures nodes), 2 guardian (halts a stablecoin,
/// delists a fleet). None of them reaches anyone's money.
contract Authority is AccessManager {
    constructor(address initialAdmin) AccessManager(initialAdmin) {}
}
