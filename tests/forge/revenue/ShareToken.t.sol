// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {FleetShare} from "../../../contracts/revenue/FleetShare.sol";
import {IFleetShare} from "../../../contracts/revenue/IFleetShare.sol";
import {RevenueTest} from "./RevenueTest.sol";

/// @title A share is an ERC-20 whose supply is its face for good
contract ShareTokenTest is RevenueTest {
    function test_TransferMovesShares() public {
        vm.expectEmit(address(senior));
        emit IERC20.Transfer(investor, heir, 40e6);
        vm.prank(investor);
        assertTrue(senior.transfer(heir, 40e6));
        assertEq(senior.balanceOf(investor), SENIOR_FACE - 40e6);
        assertEq(senior.balanceOf(heir), 40e6);
        assertEq(senior.totalSupply(), SENIOR_FACE);
    }

    function testFuzz_TransfersKeepTheSupply(uint256[8] memory seeds) public {
        address[3] memory holders = [investor, heir, stranger];
        for (uint256 i = 0; i < 8; ++i) {
            address from = holders[seeds[i] % 3];
            uint256 value = (seeds[i] >> 16) % (senior.balanceOf(from) + 1);
            vm.prank(from);
            senior.transfer(holders[(seeds[i] >> 8) % 3], value);
        }
        assertEq(senior.balanceOf(investor) + senior.balanceOf(heir) + senior.balanceOf(stranger), senior.totalSupply());
    }

    function test_RevertWhen_MoreIsMovedThanHeld() public {
        vm.prank(investor);
        senior.transfer(heir, 5);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, heir, 5, 6));
        vm.prank(heir);
        senior.transfer(investor, 6);
        // To oneself, and by way of an allowance, too.
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, heir, 5, 6));
        vm.prank(heir);
        senior.transfer(heir, 6);
        vm.prank(heir);
        senior.approve(stranger, 6);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, heir, 5, 6));
        vm.prank(stranger);
        senior.transferFrom(heir, stranger, 6);
        assertEq(senior.allowance(heir, stranger), 6, "unspent");
    }

    function test_RevertWhen_MovedToNobody() public {
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        vm.prank(investor);
        senior.transfer(address(0), 1);
    }

    function test_AllowanceIsSpentAsItIsUsed() public {
        vm.expectEmit(address(senior));
        emit IERC20.Approval(investor, stranger, 10e6);
        vm.prank(investor);
        assertTrue(senior.approve(stranger, 10e6));
        vm.startPrank(stranger);
        vm.expectEmit(address(senior));
        emit IERC20.Transfer(investor, heir, 4e6);
        assertTrue(senior.transferFrom(investor, heir, 4e6));
        assertEq(senior.allowance(investor, stranger), 6e6);
        assertEq(senior.balanceOf(heir), 4e6);
        senior.transferFrom(investor, heir, 6e6);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, stranger, 0, 1));
        senior.transferFrom(investor, heir, 1);
    }

    function test_AllowanceIsReplacedNotAddedTo() public {
        vm.startPrank(investor);
        senior.approve(stranger, 10);
        senior.approve(stranger, 3);
        assertEq(senior.allowance(investor, stranger), 3);
    }

    function test_AllowanceWithoutEndIsNotSpent() public {
        vm.prank(investor);
        senior.approve(stranger, type(uint256).max);
        vm.prank(stranger);
        senior.transferFrom(investor, heir, 4e6);
        assertEq(senior.allowance(investor, stranger), type(uint256).max);
    }

    function test_RevertWhen_ApprovingNobody() public {
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidSpender.selector, address(0)));
        vm.prank(investor);
        senior.approve(address(0), 1);
    }

    function test_RevertWhen_InitialisedAgainOrByAnother() public {
        vm.expectRevert(abi.encodeWithSelector(IFleetShare.FleetShare_NotFactory.selector, stranger));
        vm.prank(stranger);
        senior.initialise("Other", "OTH", 6, stranger);
        vm.expectRevert(IFleetShare.FleetShare_AlreadyInitialised.selector);
        vm.prank(address(factory));
        senior.initialise("Other", "OTH", 6, stranger);
        // One that stands alone belongs to who deployed it, and to nobody it could harm.
        FleetShare alone = new FleetShare();
        vm.expectRevert(abi.encodeWithSelector(IFleetShare.FleetShare_NotFactory.selector, stranger));
        vm.prank(stranger);
        alone.initialise("Other", "OTH", 6, stranger);
    }
}
