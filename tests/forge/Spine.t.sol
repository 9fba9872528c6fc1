// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ICapacityLease} from "../../contracts/leasing/ICapacityLease.sol";
import {IRevenueWaterfall} from "../../contracts/revenue/IRevenueWaterfall.sol";
import {Stack} from "./support/Stack.sol";

/// @title The whole slice in one test: lease, meter, settle, distribute, claim
contract SpineTest is Stack {
    function test_RentFlowsFromEscrowToShareHoldersThroughEveryContract() public {
        uint256 leaseId = _open(_request(8, 10 days));
        uint256 start = leases.leaseOf(leaseId).terms.start;

        uint64 epoch = _epochEndingBy(start + 5 days);
        uint256 delivered = 8 * 5 days;
        _meterAndSettle(leaseId, epoch, _reading(delivered, delivered, delivered / 2, 0, 8 * 120 * 600));
        ICapacityLease.Lease memory lease = leases.leaseOf(leaseId);
        uint256 rent = delivered * RATE / 3600;
        assertEq(lease.account.owed, rent, "owed");
        assertEq(leases.fleetAccountOf(fleetId).money.till, rent, "till");

        vm.warp((block.timestamp / PERIOD + 1) * PERIOD);
        waterfall.distribute();
        assertEq(usd.balanceOf(address(waterfall)), rent, "pulled whole");

        vm.warp((block.timestamp / PERIOD + 2) * PERIOD);
        vm.startPrank(investor);
        uint256 income = senior.claim(investor) + equity.claim(investor);
        vm.stopPrank();
        vm.prank(operator);
        uint256 fees = waterfall.claimFee(IRevenueWaterfall.Payee.Operator, operator);
        assertGt(income, 0, "income");
        assertGt(fees, 0, "fees");
        assertEq(usd.balanceOf(investor), income, "paid out");
    }
}
