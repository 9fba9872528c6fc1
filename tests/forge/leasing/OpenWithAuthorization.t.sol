// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {TestUSD} from "../../../contracts/testing/TestUSD.sol";
import {LeaseTest} from "./LeaseTest.sol";

/// @title A lease paid by an ERC-3009 authorisation that anyone relays
/// @dev The authorisation's nonce is the hash of the request, so what the payer signed is the lease, term by term. The relayer can choose
/// nothing: a changed term makes another nonce, under which the signature is nobody's.
contract OpenWithAuthorizationTest is LeaseTest {
    address private payer;
    uint256 private payerKey;
    ICapacityLease.LeaseRequest private request;

    struct Authorization {
        uint256 validAfter;
        uint256 validBefore;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    function setUp() public override {
        super.setUp();
        (payer, payerKey) = makeAddrAndKey("payer");
        request = _request(8, 10 days);
        usd.mint(payer, 2 * uint256(request.escrow));
    }

    function test_AnyoneRelaysAndTheNamedHolderGetsTheLease() public {
        Authorization memory signed = _sign(block.timestamp - 1, block.timestamp + 1);
        vm.expectEmit(address(usd));
        emit TestUSD.AuthorizationUsed(payer, keccak256(abi.encode(request)));
        vm.prank(stranger);
        _relay(request, payer, signed);

        assertEq(leases.ownerOf(1), tenant, "holder");
        assertEq(_held(1), request.escrow, "escrow");
        assertEq(usd.balanceOf(address(leases)), request.escrow, "escrow in");
        assertEq(usd.balanceOf(payer), request.escrow, "paid by the payer, once");
    }

    function test_RevertWhen_TheAuthorizationIsReplayed() public {
        Authorization memory signed = _sign(block.timestamp - 1, block.timestamp + 1);
        _relay(request, payer, signed);
        vm.expectRevert(
            abi.encodeWithSelector(TestUSD.TestUSD_AuthorizationUsed.selector, keccak256(abi.encode(request)))
        );
        _relay(request, payer, signed);
        assertEq(usd.balanceOf(payer), request.escrow, "paid once");
    }

    /// @dev Every term the contract lets a relayer ask for. The rate and the fleet are fixed by the list; see the next test.
    function testFuzz_RevertWhen_ATermIsNotTheOneSigned(uint256 field, uint256 by) public {
        Authorization memory signed = _sign(block.timestamp - 1, block.timestamp + 1);
        ICapacityLease.LeaseRequest memory changed = request;
        field = bound(field, 0, 4);
        if (field == 0) changed.units = uint32(bound(by, 1, 7));
        else if (field == 1) changed.start += uint40(bound(by, 1, 200)) * L;
        else if (field == 2) changed.end -= uint40(bound(by, 1, 200)) * L;
        else if (field == 3) changed.escrow -= uint96(bound(by, 1, request.escrow / 4));
        else changed.holder = stranger;
        _refuseSignature(changed, signed);
    }

    function test_RevertWhen_TheFleetOrItsRateIsNotTheOneSigned() public {
        Authorization memory signed = _sign(block.timestamp - 1, block.timestamp + 1);
        ICapacityLease.LeaseRequest memory changed = request;
        (changed.fleetId,) = _listFleet(operator, address(usd), UNITS);
        _refuseSignature(changed, signed);

        changed = request;
        changed.rate = RATE - 1;
        vm.prank(operator);
        registry.setListRate(fleetId, RATE - 1);
        _refuseSignature(changed, signed);
    }

    function test_RevertWhen_AnotherIsNamedAsPayer() public {
        Authorization memory signed = _sign(block.timestamp - 1, block.timestamp + 1);
        usd.mint(stranger, request.escrow);
        vm.expectRevert(
            abi.encodeWithSelector(
                TestUSD.TestUSD_WrongSignature.selector,
                stranger,
                ecrecover(_digest(request, stranger, signed), signed.v, signed.r, signed.s)
            )
        );
        _relay(request, stranger, signed);
    }

    /// @dev Nobody can use up the authorisation at the token without opening the lease.
    function test_RevertWhen_TheAuthorizationIsTakenToTheTokenItself() public {
        Authorization memory signed = _sign(block.timestamp - 1, block.timestamp + 1);
        bytes32 nonce = keccak256(abi.encode(request));
        vm.expectRevert(abi.encodeWithSelector(TestUSD.TestUSD_NotPayee.selector, stranger));
        vm.prank(stranger);
        usd.receiveWithAuthorization(
            payer,
            address(leases),
            request.escrow,
            signed.validAfter,
            signed.validBefore,
            nonce,
            signed.v,
            signed.r,
            signed.s
        );
        _relay(request, payer, signed);
        assertEq(leases.ownerOf(1), tenant, "holder");
    }

    function test_RevertWhen_TheAuthorizationIsNotValidNow() public {
        _refuseTime(block.timestamp, block.timestamp + 1);
        _refuseTime(block.timestamp - 1, block.timestamp);
    }

    function test_RevertWhen_TheAuthorizedEscrowIsBelowTheRunway() public {
        uint256 runway = leases.runwayFor(request);
        request.escrow = uint96(runway - 1);
        Authorization memory signed = _sign(block.timestamp - 1, block.timestamp + 1);
        vm.expectRevert(
            abi.encodeWithSelector(ICapacityLease.CapacityLease_EscrowBelowRunway.selector, runway, runway - 1)
        );
        _relay(request, payer, signed);
    }

    // ------------------------------------------------------------------ //
    // Internals
    // ------------------------------------------------------------------ //

    function _sign(uint256 validAfter, uint256 validBefore) private view returns (Authorization memory signed) {
        (signed.validAfter, signed.validBefore) = (validAfter, validBefore);
        (signed.v, signed.r, signed.s) = vm.sign(payerKey, _digest(request, payer, signed));
    }

    function _digest(ICapacityLease.LeaseRequest memory request_, address from, Authorization memory signed)
        private
        view
        returns (bytes32)
    {
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256(
                    "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
                ),
                from,
                address(leases),
                request_.escrow,
                signed.validAfter,
                signed.validBefore,
                keccak256(abi.encode(request_))
            )
        );
        return keccak256(abi.encodePacked(hex"1901", usd.DOMAIN_SEPARATOR(), structHash));
    }

    function _relay(ICapacityLease.LeaseRequest memory request_, address from, Authorization memory signed) private {
        leases.openWithAuthorization(
            request_, from, signed.validAfter, signed.validBefore, signed.v, signed.r, signed.s
        );
    }

    function _refuseSignature(ICapacityLease.LeaseRequest memory changed, Authorization memory signed) private {
        address recovered = ecrecover(_digest(changed, payer, signed), signed.v, signed.r, signed.s);
        vm.expectRevert(abi.encodeWithSelector(TestUSD.TestUSD_WrongSignature.selector, payer, recovered));
        vm.prank(stranger);
        _relay(changed, payer, signed);
        assertEq(usd.balanceOf(address(leases)), 0, "nothing paid in");
    }

    function _refuseTime(uint256 validAfter, uint256 validBefore) private {
        Authorization memory signed = _sign(validAfter, validBefore);
        vm.expectRevert(abi.encodeWithSelector(TestUSD.TestUSD_AuthorizationNotValid.selector, validAfter, validBefore));
        _relay(request, payer, signed);
    }
}
