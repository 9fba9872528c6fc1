// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";

/// @title Stands in for CapacityLease: a till that holds what a test puts into it
contract TillDouble {
    IERC20 private _currency;
    uint96 private _rent;
    uint64 private _energyWh;
    uint32 private _openLeases;

    function put(IERC20 currency, uint96 rent, uint64 energyWh) external {
        _currency = currency;
        _rent += rent;
        _energyWh += energyWh;
    }

    function setOpenLeases(uint32 openLeases) external {
        _openLeases = openLeases;
    }

    function pullTill(uint48) external returns (uint96 rent, uint64 energyWh) {
        (rent, energyWh) = (_rent, _energyWh);
        (_rent, _energyWh) = (0, 0);
        if (rent != 0) _currency.transfer(msg.sender, rent);
    }

    function fleetAccountOf(uint48) external view returns (ICapacityLease.FleetAccount memory account) {
        account.openLeases = _openLeases;
    }
}
