// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Test} from "forge-std/Test.sol";
import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {LeaseSlots} from "../../../contracts/leasing/LeaseSlots.sol";

/// @title Slots read and written as one word are laid out as the compiler lays them out
/// @dev Each word is written one way and read the other, between neighbours that must not change.
contract LeaseSlotsTest is Test {
    using LeaseSlots for *;

    ICapacityLease.Lease private lease;
    ICapacityLease.FleetAccount private fleet;

    function testFuzz_LeaseWordsAreLoadedAsTheCompilerStoresThem(ICapacityLease.Lease memory given) public {
        lease = given;
        assertEq(abi.encode(lease.terms.load()), abi.encode(given.terms), "terms");
        assertEq(abi.encode(lease.state.load()), abi.encode(given.state), "state");
        assertEq(abi.encode(lease.account.load()), abi.encode(given.account), "account");
        assertEq(abi.encode(lease.totals.load()), abi.encode(given.totals), "totals");
    }

    function testFuzz_LeaseWordsAreStoredAsTheCompilerLoadsThem(
        ICapacityLease.Lease memory before,
        ICapacityLease.Account memory account,
        ICapacityLease.Totals memory totals
    ) public {
        lease = before;
        lease.account.store(account);
        lease.totals.store(totals);
        (before.account, before.totals) = (account, totals);
        assertEq(abi.encode(lease), abi.encode(before), "lease");
    }

    function testFuzz_FleetMoneyGoesBothWays(
        ICapacityLease.FleetAccount memory before,
        ICapacityLease.FleetMoney memory money
    ) public {
        fleet = before;
        assertEq(abi.encode(fleet.money.load()), abi.encode(before.money), "loaded");
        fleet.money.store(money);
        before.money = money;
        assertEq(abi.encode(fleet), abi.encode(before), "fleet");
    }
}
