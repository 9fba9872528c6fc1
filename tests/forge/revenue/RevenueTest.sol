// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {FleetShare} from "../../../contracts/revenue/FleetShare.sol";
import {IRevenueWaterfall} from "../../../contracts/revenue/IRevenueWaterfall.sol";
import {RevenueFactory} from "../../../contracts/revenue/RevenueFactory.sol";
import {RevenueWaterfall} from "../../../contracts/revenue/RevenueWaterfall.sol";
import {DecimalsToken} from "../support/tokens/DecimalsToken.sol";
import {Stack} from "../support/Stack.sol";
import {TillDouble} from "./TillDouble.sol";

/// @title A waterfall whose till a test fills at will
abstract contract RevenueTest is Stack {
    uint256 internal constant BPS = 10_000;
    uint256 internal constant YEAR = 365 days;

    TillDouble internal till;
    address internal stranger = makeAddr("stranger");
    address internal heir = makeAddr("heir");

    function setUp() public virtual override {
        super.setUp();
        till = new TillDouble();
        factory = new RevenueFactory(address(authority), ICapacityLease(address(till)), registry);
        _allow(address(factory), 1, factory.create.selector);
        _use(_create(_terms(fleetId, address(usd)), _tranches()));
    }

    // ------------------------------------------------------------------ //
    // Creation
    // ------------------------------------------------------------------ //

    function _create(IRevenueWaterfall.Terms memory terms, IRevenueWaterfall.Tranche[] memory tranches)
        internal
        returns (RevenueWaterfall created)
    {
        vm.prank(issuer);
        (address made,) = factory.create(terms, tranches, investor);
        return RevenueWaterfall(made);
    }

    function _use(RevenueWaterfall waterfall_) internal {
        waterfall = waterfall_;
        senior = FleetShare(waterfall_.shareOf(0));
        equity = FleetShare(waterfall_.shareOf(waterfall_.tranches().length - 1));
    }

    /// @notice `count` tranches of the senior's face; all but the last pay 8 % a year.
    function _tranches(uint256 count) internal pure returns (IRevenueWaterfall.Tranche[] memory tranches) {
        tranches = new IRevenueWaterfall.Tranche[](count);
        for (uint256 i = 0; i < count; ++i) {
            tranches[i] = IRevenueWaterfall.Tranche({face: SENIOR_FACE, couponBps: i + 1 < count ? 800 : 0});
        }
    }

    /// @notice The usual terms without fees: all rent is the tranches' and the reserve's.
    function _feeless(uint96 reserveTarget) internal view returns (IRevenueWaterfall.Terms memory terms) {
        terms = _terms(fleetId, address(usd));
        (terms.protocolFeeBps, terms.oracleFeeBps, terms.operatorFeeBps) = (0, 0, 0);
        terms.reserveTarget = reserveTarget;
    }

    /// @notice A waterfall of these terms, but in a currency of other decimals and with one tranche, of `face`.
    function _useCurrencyOf(IRevenueWaterfall.Terms memory terms, uint8 decimals, uint96 face)
        internal
        returns (DecimalsToken token)
    {
        token = new DecimalsToken(decimals);
        terms.currency = address(token);
        vm.prank(operator);
        terms.fleetId = registry.propose(_spec(address(token), UNITS));
        IRevenueWaterfall.Tranche[] memory tranches = _tranches(1);
        tranches[0].face = face;
        _use(_create(terms, tranches));
    }

    function _useCurrencyOf(uint8 decimals, uint96 face) internal returns (DecimalsToken) {
        return _useCurrencyOf(_terms(0, address(0)), decimals, face);
    }

    // ------------------------------------------------------------------ //
    // Time and money
    // ------------------------------------------------------------------ //

    function _earn(uint96 rent, uint64 energyWh) internal {
        _earn(DecimalsToken(address(usd)), rent, energyWh);
    }

    /// @dev TestUSD and DecimalsToken mint alike.
    function _earn(DecimalsToken token, uint96 rent, uint64 energyWh) internal {
        token.mint(address(till), rent);
        till.put(IERC20(address(token)), rent, energyWh);
    }

    function _periodStart(uint256 period) internal pure returns (uint256) {
        return period * PERIOD;
    }

    function _period() internal view returns (uint256) {
        return block.timestamp / PERIOD;
    }

    function _warpToPeriod(uint256 period, uint256 into) internal {
        vm.warp(_periodStart(period) + into);
    }

    /// @notice Distributes `rent` at the start of the next period and leaves the clock there.
    function _distribute(uint96 rent) internal {
        _distribute(rent, 0);
    }

    function _distribute(uint96 rent, uint64 energyWh) internal {
        _earn(rent, energyWh);
        _warpToPeriod(_period() + 1, 0);
        waterfall.distribute();
    }

    // ------------------------------------------------------------------ //
    // Reading the waterfall
    // ------------------------------------------------------------------ //

    function _pendingOf(uint256 tranche) internal view returns (uint256 pending) {
        (,, pending,,) = waterfall.streamOf(tranche);
    }

    function _arrearsOf(uint256 tranche) internal view returns (uint256 arrears) {
        (,,, arrears,) = waterfall.streamOf(tranche);
    }

    /// @notice What a senior coupon comes to over `elapsed` seconds, worked out apart from the contract: 8 % of face a year.
    function _coupon(uint256 elapsed) internal pure returns (uint256) {
        return uint256(SENIOR_FACE) * 8 * elapsed / (100 * YEAR);
    }

    function _amounts(uint256 a, uint256 b) internal pure returns (uint96[] memory amounts) {
        amounts = new uint96[](2);
        (amounts[0], amounts[1]) = (uint96(a), uint96(b));
    }
}
