// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IFleetRegistry} from "../../../contracts/fleet/IFleetRegistry.sol";
import {FleetShare} from "../../../contracts/revenue/FleetShare.sol";
import {IRevenueFactory} from "../../../contracts/revenue/IRevenueFactory.sol";
import {IRevenueWaterfall} from "../../../contracts/revenue/IRevenueWaterfall.sol";
import {RevenueWaterfall} from "../../../contracts/revenue/RevenueWaterfall.sol";
import {DecimalsToken} from "../support/tokens/DecimalsToken.sol";
import {RevenueTest} from "./RevenueTest.sol";

/// @title A waterfall and its shares are made with terms that hold, or not at all
/// @dev create
/// ├── not the issuer → AccessManagedUnauthorized
/// ├── unknown fleet → UnknownFleet
/// ├── another currency than the fleet's → CurrencyMismatch
/// ├── a period under an hour, or over a leap year → BadPeriod
/// ├── fees and energy cap beyond the whole rent → FeesExceedRent
/// ├── nobody for a treasury, or for the shares → ZeroAddress
/// ├── no tranche, or more than four → BadTrancheCount
/// ├── a tranche without face → ZeroFace
/// ├── one before the last without coupon → NoCoupon
/// ├── the last with a coupon → EquityHasCoupon
/// └── otherwise → clones that say these terms for good, the shares all the holder's
contract RevenueFactoryTest is RevenueTest {
    IRevenueWaterfall.Terms private terms;

    function setUp() public override {
        super.setUp();
        terms = _terms(fleetId, address(usd));
    }

    // ------------------------------------------------------------------ //
    // What is made
    // ------------------------------------------------------------------ //

    function testFuzz_WaterfallKeepsTheTermsItWasMadeWith(
        uint32 period,
        uint16[4] memory bps,
        uint96 tariff,
        uint96 target,
        uint96[4] memory faces,
        uint16[3] memory coupons,
        uint256 count
    ) public {
        terms.period = uint32(bound(period, 1 hours, 366 days));
        terms.protocolFeeBps = bps[0] % 2501;
        terms.oracleFeeBps = bps[1] % 2501;
        terms.operatorFeeBps = bps[2] % 2501;
        terms.energyCapBps = bps[3] % 2501;
        terms.tariffPerKWh = tariff;
        terms.reserveTarget = target;
        count = bound(count, 1, 4);
        IRevenueWaterfall.Tranche[] memory tranches = new IRevenueWaterfall.Tranche[](count);
        for (uint256 i = 0; i < count; ++i) {
            tranches[i].face = uint96(bound(faces[i], 1, type(uint96).max));
            if (i + 1 < count) tranches[i].couponBps = uint16(bound(coupons[i], 1, type(uint16).max));
        }

        RevenueWaterfall created = _create(terms, tranches);

        assertEq(abi.encode(created.terms()), abi.encode(terms), "terms");
        assertEq(abi.encode(created.tranches()), abi.encode(tranches), "tranches");
        assertEq(created.lastDistributedAt(), block.timestamp, "the coupon clock starts");
        for (uint256 i = 0; i < count; ++i) {
            FleetShare share = FleetShare(created.shareOf(i));
            (address itsWaterfall, uint256 tranche) = share.waterfall();
            assertEq(itsWaterfall, address(created), "share's waterfall");
            assertEq(tranche, i, "share's tranche");
            assertEq(share.totalSupply(), tranches[i].face, "supply");
            assertEq(share.balanceOf(investor), tranches[i].face, "holder has all");
        }
    }

    function test_OneTrancheIsEquity() public {
        FleetShare share = FleetShare(_create(terms, _tranches(1)).shareOf(0));
        assertEq(share.name(), "Wellhead Fleet 1 Equity");
        assertEq(share.symbol(), "WH1-E");
    }

    function test_SharesAreNamedByFleetAndSeniority() public {
        RevenueWaterfall created = _create(terms, _tranches(4));
        string[4] memory names = [
            "Wellhead Fleet 1 Senior",
            "Wellhead Fleet 1 Mezzanine 1",
            "Wellhead Fleet 1 Mezzanine 2",
            "Wellhead Fleet 1 Equity"
        ];
        string[4] memory symbols = ["WH1-S", "WH1-M1", "WH1-M2", "WH1-E"];
        for (uint256 i = 0; i < 4; ++i) {
            assertEq(FleetShare(created.shareOf(i)).name(), names[i]);
            assertEq(FleetShare(created.shareOf(i)).symbol(), symbols[i]);
        }
    }

    function test_SharesHaveTheCurrencysDecimals() public {
        assertEq(senior.decimals(), 6);
        _useCurrencyOf(18, 1e18);
        assertEq(equity.decimals(), 18);
        _useCurrencyOf(2, 100);
        assertEq(equity.decimals(), 2);
    }

    function test_EveryTermIsInTheEvent() public {
        IRevenueWaterfall.Tranche[] memory tranches = _tranches();
        address expected = vm.computeCreateAddress(address(factory), vm.getNonce(address(factory)));
        address[] memory shares = new address[](2);
        shares[0] = vm.computeCreateAddress(address(factory), vm.getNonce(address(factory)) + 1);
        shares[1] = vm.computeCreateAddress(address(factory), vm.getNonce(address(factory)) + 2);
        vm.expectEmit(address(factory));
        emit IRevenueFactory.RevenueCreated(fleetId, expected, shares, terms, tranches, investor);
        vm.prank(issuer);
        (address made, address[] memory madeShares) = factory.create(terms, tranches, investor);
        assertEq(made, expected);
        assertEq(abi.encode(madeShares), abi.encode(shares));
    }

    function test_TermsAtTheirLimitsHold() public {
        terms.period = 1 hours;
        terms.protocolFeeBps = 1000;
        terms.oracleFeeBps = 2000;
        terms.operatorFeeBps = 3000;
        terms.energyCapBps = 4000;
        _create(terms, _tranches(4));
        terms.period = 366 days;
        _create(terms, _tranches(1));
    }

    // ------------------------------------------------------------------ //
    // What is refused
    // ------------------------------------------------------------------ //

    function test_RevertWhen_AnyoneButTheIssuerCreates() public {
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        vm.prank(stranger);
        factory.create(terms, _tranches(), investor);
    }

    function test_RevertWhen_TheFleetIsUnknown() public {
        terms.fleetId = 77;
        _expectRefused(_tranches(), abi.encodeWithSelector(IFleetRegistry.FleetRegistry_UnknownFleet.selector, 77));
    }

    function test_RevertWhen_TheCurrencyIsNotTheFleets() public {
        terms.currency = address(new DecimalsToken(6));
        _expectRefused(
            _tranches(),
            abi.encodeWithSelector(
                IRevenueFactory.RevenueFactory_CurrencyMismatch.selector, address(usd), terms.currency
            )
        );
    }

    function test_RevertWhen_ThePeriodIsTooShortOrTooLong() public {
        uint32[4] memory periods = [0, 1 hours - 1, 366 days + 1, type(uint32).max];
        for (uint256 i = 0; i < 4; ++i) {
            terms.period = periods[i];
            _expectRefused(
                _tranches(), abi.encodeWithSelector(IRevenueFactory.RevenueFactory_BadPeriod.selector, periods[i])
            );
        }
    }

    function test_RevertWhen_FeesAndEnergyCouldTakeMoreThanTheRent() public {
        uint16[4] memory bps = [uint16(2500), 2500, 2500, 2500];
        for (uint256 i = 0; i < 4; ++i) {
            bps[i] += 1;
            (terms.protocolFeeBps, terms.oracleFeeBps) = (bps[0], bps[1]);
            (terms.operatorFeeBps, terms.energyCapBps) = (bps[2], bps[3]);
            _expectRefused(
                _tranches(), abi.encodeWithSelector(IRevenueFactory.RevenueFactory_FeesExceedRent.selector, 10_001)
            );
            bps[i] -= 1;
        }
        // Sixteen bits would come round to nothing.
        (terms.protocolFeeBps, terms.oracleFeeBps) = (type(uint16).max, 1);
        (terms.operatorFeeBps, terms.energyCapBps) = (0, 0);
        _expectRefused(
            _tranches(), abi.encodeWithSelector(IRevenueFactory.RevenueFactory_FeesExceedRent.selector, 65_536)
        );
    }

    function test_RevertWhen_ThereIsNobodyToPayOrToHold() public {
        bytes memory refusal = abi.encodeWithSelector(IRevenueFactory.RevenueFactory_ZeroAddress.selector);
        terms.protocolTreasury = address(0);
        _expectRefused(_tranches(), refusal);
        terms.protocolTreasury = protocolTreasury;
        terms.oracleTreasury = address(0);
        _expectRefused(_tranches(), refusal);
        terms.oracleTreasury = oracleTreasury;
        vm.expectRevert(refusal);
        vm.prank(issuer);
        factory.create(terms, _tranches(), address(0));
    }

    function test_RevertWhen_ThereIsNoTrancheOrAFifth() public {
        for (uint256 count = 0; count <= 5; count += 5) {
            _expectRefused(
                _tranches(count), abi.encodeWithSelector(IRevenueFactory.RevenueFactory_BadTrancheCount.selector, count)
            );
        }
    }

    function test_RevertWhen_ATrancheHasNoFace() public {
        for (uint256 i = 0; i < 4; ++i) {
            IRevenueWaterfall.Tranche[] memory tranches = _tranches(4);
            tranches[i].face = 0;
            _expectRefused(tranches, abi.encodeWithSelector(IRevenueFactory.RevenueFactory_ZeroFace.selector, i));
        }
    }

    function test_RevertWhen_ATrancheBeforeTheLastHasNoCoupon() public {
        for (uint256 i = 0; i < 3; ++i) {
            IRevenueWaterfall.Tranche[] memory tranches = _tranches(4);
            tranches[i].couponBps = 0;
            _expectRefused(tranches, abi.encodeWithSelector(IRevenueFactory.RevenueFactory_NoCoupon.selector, i));
        }
    }

    function test_RevertWhen_TheLastTrancheHasACoupon() public {
        for (uint256 count = 1; count <= 4; count += 3) {
            IRevenueWaterfall.Tranche[] memory tranches = _tranches(count);
            tranches[count - 1].couponBps = 1;
            _expectRefused(tranches, abi.encodeWithSelector(IRevenueFactory.RevenueFactory_EquityHasCoupon.selector, 1));
        }
    }

    function _expectRefused(IRevenueWaterfall.Tranche[] memory tranches, bytes memory refusal) private {
        vm.expectRevert(refusal);
        vm.prank(issuer);
        factory.create(terms, tranches, investor);
    }
}
