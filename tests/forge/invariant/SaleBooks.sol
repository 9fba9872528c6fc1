// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Vm} from "forge-std/Vm.sol";
import {IPrimarySale} from "../../../contracts/revenue/IPrimarySale.sol";
import {SaleTest} from "../revenue/SaleTest.sol";

/// @title The books of all sales, from their events alone
abstract contract SaleBooks is SaleTest {
    /// @dev Of a sale, from events.
    struct Book {
        address share;
        uint256 cap;
        uint256 sold;
        uint256 held;
        uint256 proceeds;
        uint256 incomeClaimed;
        bool successful;
    }

    mapping(uint256 saleId => Book) internal _books;
    mapping(uint256 saleId => mapping(address buyer => IPrimarySale.Booking)) private _bookings;

    function _readSale(Vm.Log memory log) internal {
        bytes32 topic = log.topics[0];
        uint256 id = uint256(log.topics[1]);
        Book storage book = _books[id];
        if (topic == IPrimarySale.SaleOpened.selector) {
            (, IPrimarySale.Offer memory offer) = abi.decode(log.data, (address, IPrimarySale.Offer));
            book.share = address(uint160(uint256(log.topics[2])));
            (book.cap, book.held) = (offer.cap, offer.cap);
        } else if (topic == IPrimarySale.SaleSucceeded.selector) {
            book.successful = true;
        } else if (topic == IPrimarySale.Bought.selector) {
            (uint96 shares, uint96 cost, bool delivered) = abi.decode(log.data, (uint96, uint96, bool));
            book.sold += shares;
            book.proceeds += cost;
            if (delivered) {
                book.held -= shares;
            } else {
                IPrimarySale.Booking storage booking = _bookings[id][address(uint160(uint256(log.topics[2])))];
                booking.shares += shares;
                booking.paid += cost;
            }
        } else if (topic == IPrimarySale.Delivered.selector) {
            book.held -= abi.decode(log.data, (uint256));
            delete _bookings[id][address(uint160(uint256(log.topics[2])))];
        } else if (topic == IPrimarySale.Refunded.selector) {
            book.proceeds -= abi.decode(log.data, (uint256));
            delete _bookings[id][address(uint160(uint256(log.topics[2])))];
        } else if (topic == IPrimarySale.Reclaimed.selector) {
            book.held -= abi.decode(log.data, (uint256));
        } else if (topic == IPrimarySale.Withdrawn.selector) {
            book.proceeds -= abi.decode(log.data, (uint256));
        } else if (topic == IPrimarySale.SaleIncomeClaimed.selector) {
            book.incomeClaimed += abi.decode(log.data, (uint256));
        }
    }

    function bookOf(uint256 saleId) external view returns (Book memory) {
        return _books[saleId];
    }

    function bookingOf(uint256 saleId, address buyer) external view returns (IPrimarySale.Booking memory) {
        return _bookings[saleId][buyer];
    }
}
