// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IFleetRegistry} from "../../../contracts/fleet/IFleetRegistry.sol";
import {IStablecoinRegistry} from "../../../contracts/payments/IStablecoinRegistry.sol";
import {IPrimarySale} from "../../../contracts/revenue/IPrimarySale.sol";
import {DecimalsToken} from "../support/tokens/DecimalsToken.sol";
import {LyingShare} from "./LyingShare.sol";
import {SaleTest} from "./SaleTest.sol";

/// @title A sale opens with terms that make sense, of a share that is what its fleet says
/// @dev open
/// ├── the fleet is not listed, its currency not permitted, its waterfall another's, its tranche unknown → refused by name
/// ├── no price, no minimum, a minimum above the cap, an end not ahead or too far, a value beyond 96 bits → refused by name
/// ├── the shares are not allowed → the share's ERC20InsufficientAllowance
/// └── otherwise → the next id, and all shares in
contract SaleOpeningTest is SaleTest {
    function test_OpeningTakesTheSharesInAndSaysEveryTerm() public {
        IPrimarySale.Offer memory offer = _offer();
        vm.startPrank(seller);
        equity.approve(address(sales), CAP);
        vm.expectEmit(address(sales));
        emit IPrimarySale.SaleOpened(1, address(equity), seller, address(usd), offer);
        assertEq(sales.open(offer), 1, "the first id");
        vm.stopPrank();

        assertEq(equity.balanceOf(address(sales)), CAP, "deposited");
        assertEq(equity.balanceOf(seller), EQUITY_FACE - CAP, "kept");
        IPrimarySale.Sale memory sale = sales.saleOf(1);
        IPrimarySale.Sale memory expected;
        (expected.seller, expected.price, expected.currency, expected.cap) = (seller, PRICE, address(usd), CAP);
        (expected.share, expected.held, expected.end) = (address(equity), CAP, offer.end);
        (expected.decimals, expected.minimum, expected.fleetId) = (6, MINIMUM, fleetId);
        assertEq(abi.encode(sale), abi.encode(expected), "terms");
    }

    function test_SalesAreNumberedInOrder() public {
        assertEq(sales.saleCount(), 0);
        assertEq(_openSale(), 1);
        assertEq(_openSale(), 2);
        assertEq(sales.saleCount(), 2);
    }

    function test_AnyTrancheIsSoldAsItsOwnShare() public {
        IPrimarySale.Offer memory offer = _offer();
        offer.tranche = 0;
        vm.startPrank(seller);
        senior.approve(address(sales), CAP);
        uint256 saleId = sales.open(offer);
        vm.stopPrank();
        assertEq(sales.saleOf(saleId).share, address(senior));
        assertEq(senior.balanceOf(address(sales)), CAP);
    }

    function test_AnOfferAtItsLimitsOpens() public {
        IPrimarySale.Offer memory offer = _offer();
        (offer.minimum, offer.end) = (CAP, uint40(block.timestamp) + 366 days);
        _openSale(offer);
        (offer.cap, offer.minimum, offer.end) = (1, 1, uint40(block.timestamp) + 1);
        _openSale(offer);
        // 2^96 - 1 with the million units that a million purchases could be rounded up by.
        (offer.cap, offer.price) = (1e6, type(uint96).max - 1e6);
        _openSale(offer);
    }

    function test_RevertWhen_TheFleetIsNotListed() public {
        IPrimarySale.Offer memory offer = _offer();
        vm.prank(guardian);
        registry.delist(fleetId);
        _refuseOffer(
            offer,
            abi.encodeWithSelector(
                IFleetRegistry.FleetRegistry_NotListed.selector, fleetId, IFleetRegistry.Status.Delisted
            )
        );
        vm.prank(operator);
        offer.fleetId = registry.propose(_spec(address(usd), UNITS));
        _refuseOffer(
            offer,
            abi.encodeWithSelector(
                IFleetRegistry.FleetRegistry_NotListed.selector, offer.fleetId, IFleetRegistry.Status.Proposed
            )
        );
    }

    function test_RevertWhen_TheCurrencyIsNotPermittedNow() public {
        vm.prank(guardian);
        stablecoins.halt(address(usd));
        _refuseOffer(
            _offer(), abi.encodeWithSelector(IStablecoinRegistry.StablecoinRegistry_Halted.selector, address(usd))
        );
    }

    function test_RevertWhen_TheWaterfallHasNoSuchTranche() public {
        IPrimarySale.Offer memory offer = _offer();
        uint8[3] memory unknown = [2, 4, 255];
        for (uint256 i = 0; i < 3; ++i) {
            offer.tranche = unknown[i];
            _refuseOffer(offer, abi.encodeWithSelector(IPrimarySale.PrimarySale_UnknownTranche.selector, 2, unknown[i]));
        }
    }

    function test_RevertWhen_AnOfferMakesNoSense() public {
        IPrimarySale.Offer memory offer = _offer();
        offer.price = 0;
        _refuseOffer(offer, abi.encodeWithSelector(IPrimarySale.PrimarySale_ZeroPrice.selector));
        offer = _offer();
        offer.minimum = 0;
        _refuseOffer(offer, abi.encodeWithSelector(IPrimarySale.PrimarySale_ZeroMinimum.selector));
        offer = _offer();
        offer.minimum = CAP + 1;
        _refuseOffer(offer, abi.encodeWithSelector(IPrimarySale.PrimarySale_MinimumAboveCap.selector, CAP, CAP + 1));
        (offer.cap, offer.minimum) = (0, 1);
        _refuseOffer(offer, abi.encodeWithSelector(IPrimarySale.PrimarySale_MinimumAboveCap.selector, 0, 1));
    }

    function test_RevertWhen_TheEndIsNotAheadOrTooFar() public {
        IPrimarySale.Offer memory offer = _offer();
        uint256 time = block.timestamp;
        offer.end = uint40(time);
        _refuseOffer(offer, abi.encodeWithSelector(IPrimarySale.PrimarySale_EndNotAhead.selector, time, time));
        offer.end = 0;
        _refuseOffer(offer, abi.encodeWithSelector(IPrimarySale.PrimarySale_EndNotAhead.selector, time, 0));
        offer.end = uint40(time + 366 days + 1);
        _refuseOffer(
            offer, abi.encodeWithSelector(IPrimarySale.PrimarySale_EndTooLate.selector, time + 366 days, offer.end)
        );
    }

    function test_RevertWhen_AllOfItCouldNotBePaid() public {
        IPrimarySale.Offer memory offer = _offer();
        (offer.cap, offer.price) = (1e6, type(uint96).max - 1e6 + 1);
        offer.minimum = 1;
        _refuseOffer(
            offer,
            abi.encodeWithSelector(
                IPrimarySale.PrimarySale_ValueTooLarge.selector, type(uint96).max, uint256(type(uint96).max) + 1
            )
        );
    }

    /// @dev It pays in what that one settles in, of that one's rent.
    function test_RevertWhen_TheFleetIsListedWithAnothersWaterfall() public {
        uint48 first = fleetId;
        DecimalsToken other = new DecimalsToken(6);
        vm.prank(issuer);
        stablecoins.list(address(other), _listing());
        address[2] memory currencies = [address(usd), address(other)];
        for (uint256 i = 0; i < 2; ++i) {
            vm.startPrank(operator);
            uint48 second = registry.propose(_spec(currencies[i], UNITS));
            registry.publishInventory(second, keccak256("inventory"), UNITS);
            vm.stopPrank();
            vm.prank(issuer);
            registry.list(second, address(waterfall));
            IPrimarySale.Offer memory offer = _offer();
            offer.fleetId = second;
            _refuseOffer(
                offer,
                abi.encodeWithSelector(
                    IPrimarySale.PrimarySale_WaterfallOfAnother.selector, address(waterfall), first, address(usd)
                )
            );
        }
    }

    /// @dev One made for the fleet, as it says, but in another currency.
    function test_RevertWhen_TheWaterfallSettlesInAnotherCurrency() public {
        DecimalsToken other = new DecimalsToken(6);
        vm.startPrank(operator);
        uint48 id = registry.propose(_spec(address(usd), UNITS));
        registry.publishInventory(id, keccak256("inventory"), UNITS);
        vm.stopPrank();
        LyingShare liar = new LyingShare(IERC20(address(other)));
        liar.setFleet(id, address(other));
        vm.prank(issuer);
        registry.list(id, address(liar));
        IPrimarySale.Offer memory offer = _offer();
        (offer.fleetId, offer.tranche) = (id, 0);
        _refuseOffer(
            offer,
            abi.encodeWithSelector(
                IPrimarySale.PrimarySale_WaterfallOfAnother.selector, address(liar), id, address(other)
            )
        );
    }

    function test_RevertWhen_TheSharesAreNotAllowedOrNotThere() public {
        IPrimarySale.Offer memory offer = _offer();
        _refuse(
            seller,
            abi.encodeCall(sales.open, (offer)),
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(sales), 0, CAP)
        );
        vm.prank(stranger);
        equity.approve(address(sales), CAP);
        _refuse(
            stranger,
            abi.encodeCall(sales.open, (offer)),
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, stranger, 0, CAP)
        );
        assertEq(sales.saleCount(), 0, "nothing opened");
    }

    function _refuseOffer(IPrimarySale.Offer memory offer, bytes memory refusal) private {
        vm.prank(seller);
        equity.approve(address(sales), type(uint256).max);
        _refuse(seller, abi.encodeCall(sales.open, (offer)), refusal);
    }
}
