// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IFleetRegistry} from "../fleet/IFleetRegistry.sol";
import {ICapacityLease} from "../leasing/ICapacityLease.sol";
import {FleetShare} from "./FleetShare.sol";
import {IRevenueFactory} from "./IRevenueFactory.sol";
import {IRevenueWaterfall} from "./IRevenueWaterfall.sol";
import {RevenueWaterfall} from "./RevenueWaterfall.sol";

/// @title RevenueFactory
/// @notice See IRevenueFactory.
contract RevenueFactory is IRevenueFactory, AccessManaged {
    uint256 private constant BPS = 10_000;
    uint256 private constant MAX_TRANCHES = 4;
    uint32 private constant MIN_PERIOD = 1 hours;
    uint32 private constant MAX_PERIOD = 366 days;

    IFleetRegistry private immutable FLEETS;
    address private immutable WATERFALL;
    address private immutable SHARE;

    constructor(address authority, ICapacityLease leases, IFleetRegistry fleets) AccessManaged(authority) {
        FLEETS = fleets;
        WATERFALL = address(new RevenueWaterfall(leases, fleets));
        SHARE = address(new FleetShare());
    }

    /// @inheritdoc IRevenueFactory
    function create(
        IRevenueWaterfall.Terms calldata terms,
        IRevenueWaterfall.Tranche[] calldata tranches,
        address holder
    ) external restricted returns (address waterfall, address[] memory shares) {
        _check(terms, tranches);
        require(holder != address(0), RevenueFactory_ZeroAddress());

        bytes memory code = abi.encode(terms);
        for (uint256 i = 0; i < tranches.length; ++i) {
            code = bytes.concat(code, abi.encode(tranches[i]));
        }
        waterfall = Clones.cloneWithImmutableArgs(WATERFALL, code);
        shares = new address[](tranches.length);
        uint8 decimals = IERC20Metadata(terms.currency).decimals();
        for (uint256 i = 0; i < tranches.length; ++i) {
            bytes memory args = abi.encode(waterfall, i, uint256(tranches[i].face));
            shares[i] = Clones.cloneWithImmutableArgs(SHARE, args);
            (string memory name, string memory symbol) = _naming(terms.fleetId, i, tranches.length);
            FleetShare(shares[i]).initialise(name, symbol, decimals, holder);
        }
        RevenueWaterfall(waterfall).initialise(shares);
        emit RevenueCreated(terms.fleetId, waterfall, shares, terms, tranches, holder);
    }

    function _check(IRevenueWaterfall.Terms calldata terms, IRevenueWaterfall.Tranche[] calldata tranches)
        private
        view
    {
        address currency = FLEETS.specOf(terms.fleetId).currency;
        require(terms.currency == currency, RevenueFactory_CurrencyMismatch(currency, terms.currency));
        bool sensible = terms.period >= MIN_PERIOD && terms.period <= MAX_PERIOD;
        require(sensible, RevenueFactory_BadPeriod(terms.period));
        uint256 fees = uint256(terms.protocolFeeBps) + terms.oracleFeeBps + terms.operatorFeeBps + terms.energyCapBps;
        require(fees <= BPS, RevenueFactory_FeesExceedRent(fees));
        bool treasuries = terms.protocolTreasury != address(0) && terms.oracleTreasury != address(0);
        require(treasuries, RevenueFactory_ZeroAddress());

        uint256 count = tranches.length;
        require(count != 0 && count <= MAX_TRANCHES, RevenueFactory_BadTrancheCount(count));
        for (uint256 i = 0; i < count; ++i) {
            require(tranches[i].face != 0, RevenueFactory_ZeroFace(i));
            if (i < count - 1) require(tranches[i].couponBps != 0, RevenueFactory_NoCoupon(i));
        }
        uint16 equityCoupon = tranches[count - 1].couponBps;
        require(equityCoupon == 0, RevenueFactory_EquityHasCoupon(equityCoupon));
    }

    /// @dev "Wellhead Fleet 7 Senior", "WH7-S"; further coupon tranches are mezzanine; the last is equity.
    function _naming(uint256 fleetId, uint256 tranche, uint256 count)
        private
        pure
        returns (string memory name, string memory symbol)
    {
        string memory id = Strings.toString(fleetId);
        string memory class = "Equity";
        string memory letter = "E";
        if (tranche < count - 1) {
            (class, letter) = tranche == 0
                ? ("Senior", "S")
                : (
                    string.concat("Mezzanine ", Strings.toString(tranche)),
                    string.concat("M", Strings.toString(tranche))
                );
        }
        name = string.concat("Wellhead Fleet ", id, " ", class);
        symbol = string.concat("WH", id, "-", letter);
    }
}
