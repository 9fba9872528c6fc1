// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ICapacityLease} from "./ICapacityLease.sol";

/// @title The slots that a settlement reads and writes, each as one word
/// @notice Left to itself the compiler reads and writes a packed struct field by field, which costs a settlement 5,000 gas.
library LeaseSlots {
    function load(ICapacityLease.Terms storage slot) internal view returns (ICapacityLease.Terms memory terms) {
        uint256 word;
        assembly ("memory-safe") {
            word := sload(slot.slot)
        }
        terms.rate = uint96(word);
        terms.units = uint32(word >> 96);
        terms.start = uint40(word >> 128);
        terms.end = uint40(word >> 168);
        terms.fleetId = uint48(word >> 208);
    }

    function load(ICapacityLease.State storage slot) internal view returns (ICapacityLease.State memory state) {
        uint256 word;
        assembly ("memory-safe") {
            word := sload(slot.slot)
        }
        state.stop = uint40(word);
        state.suspendedAt = uint40(word >> 40);
        state.creditUnpaid = uint96(word >> 80);
        state.penaltyBps = uint16(word >> 176);
        state.creditCapBps = uint16(word >> 192);
        state.notice = uint32(word >> 208);
        state.boardWatts = uint16(word >> 240);
    }

    function load(ICapacityLease.Account storage slot) internal view returns (ICapacityLease.Account memory account) {
        uint256 word;
        assembly ("memory-safe") {
            word := sload(slot.slot)
        }
        account.held = uint96(word);
        account.owed = uint96(word >> 96);
        account.settledEpoch = uint40(word >> 192);
        account.availabilityBps = uint16(word >> 232);
        account.closed = word >> 248 != 0;
    }

    function load(ICapacityLease.Totals storage slot) internal view returns (ICapacityLease.Totals memory totals) {
        uint256 word;
        assembly ("memory-safe") {
            word := sload(slot.slot)
        }
        totals.creditOwed = uint96(word);
        totals.debt = uint96(word >> 96);
        totals.energyWh = uint48(word >> 192);
    }

    function load(ICapacityLease.FleetMoney storage slot)
        internal
        view
        returns (ICapacityLease.FleetMoney memory money)
    {
        uint256 word;
        assembly ("memory-safe") {
            word := sload(slot.slot)
        }
        money.till = uint96(word);
        money.pulled = uint96(word >> 96);
        money.tillWh = uint64(word >> 192);
    }

    function store(ICapacityLease.Account storage slot, ICapacityLease.Account memory account) internal {
        uint256 word = account.held | uint256(account.owed) << 96 | uint256(account.settledEpoch) << 192
            | uint256(account.availabilityBps) << 232;
        if (account.closed) word |= 1 << 248;
        assembly ("memory-safe") {
            sstore(slot.slot, word)
        }
    }

    function store(ICapacityLease.Totals storage slot, ICapacityLease.Totals memory totals) internal {
        uint256 word = totals.creditOwed | uint256(totals.debt) << 96 | uint256(totals.energyWh) << 192;
        assembly ("memory-safe") {
            sstore(slot.slot, word)
        }
    }

    function store(ICapacityLease.FleetMoney storage slot, ICapacityLease.FleetMoney memory money) internal {
        uint256 word = money.till | uint256(money.pulled) << 96 | uint256(money.tillWh) << 192;
        assembly ("memory-safe") {
            sstore(slot.slot, word)
        }
    }
}
