// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ICapacityLease} from "../../../contracts/leasing/ICapacityLease.sol";
import {LeaseTest} from "./LeaseTest.sol";

/// @title A lease paid by an ERC-2612 permit
/// @dev openWithPermit
/// ├── the permit holds → opens
/// ├── the permit fails, but the allowance stands (used by someone else, or given before) → opens
/// └── neither → the token's ERC20InsufficientAllowance, and nothing is opened
contract OpenWithPermitTest is LeaseTest {
    struct Permit {
        uint256 deadline;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    uint256 private tenantKey;
    ICapacityLease.LeaseRequest private request;

    function setUp() public override {
        super.setUp();
        (tenant, tenantKey) = makeAddrAndKey("tenant");
        request = _request(8, 10 days);
        usd.mint(tenant, request.escrow);
    }

    function test_PermitOpensInOneTransaction() public {
        _openWith(_sign(tenantKey, request.escrow, block.timestamp));
        _assertOpen();
        assertEq(usd.allowance(tenant, address(leases)), 0, "the permit was of the escrow, no more");
    }

    function test_PermitUsedBySomeoneElseFirstStillOpens() public {
        Permit memory permit = _sign(tenantKey, request.escrow, block.timestamp);
        vm.prank(stranger);
        usd.permit(tenant, address(leases), request.escrow, permit.deadline, permit.v, permit.r, permit.s);
        assertEq(usd.nonces(tenant), 1, "used");
        _openWith(permit);
        _assertOpen();
    }

    function test_ExpiredPermitOpensOnAnAllowanceGivenBefore() public {
        vm.prank(tenant);
        usd.approve(address(leases), request.escrow);
        _openWith(_sign(tenantKey, request.escrow, block.timestamp - 1));
        _assertOpen();
        assertEq(usd.nonces(tenant), 0, "the permit was not used");
    }

    function test_RevertWhen_ThePermitIsExpiredAndNothingIsAllowed() public {
        _refuse(_sign(tenantKey, request.escrow, block.timestamp - 1));
    }

    function test_RevertWhen_ThePermitIsSignedByAnother() public {
        (, uint256 key) = makeAddrAndKey("stranger");
        _refuse(_sign(key, request.escrow, block.timestamp));
    }

    function test_RevertWhen_ThePermitIsForAnotherAmount() public {
        _refuse(_sign(tenantKey, request.escrow - 1, block.timestamp));
        _refuse(_sign(tenantKey, uint256(request.escrow) + 1, block.timestamp));
    }

    /// @dev The permit is its signer's: nobody else opens a lease with the tenant's money.
    function test_RevertWhen_AnotherPresentsThePermit() public {
        Permit memory permit = _sign(tenantKey, request.escrow, block.timestamp);
        vm.expectRevert(_insufficientAllowance());
        vm.prank(stranger);
        leases.openWithPermit(request, permit.deadline, permit.v, permit.r, permit.s);
        assertEq(usd.balanceOf(tenant), request.escrow, "the tenant's money");
    }

    function _sign(uint256 key, uint256 value, uint256 deadline) private view returns (Permit memory permit) {
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                tenant,
                address(leases),
                value,
                usd.nonces(tenant),
                deadline
            )
        );
        permit.deadline = deadline;
        (permit.v, permit.r, permit.s) =
            vm.sign(key, keccak256(abi.encodePacked(hex"1901", usd.DOMAIN_SEPARATOR(), structHash)));
    }

    function _openWith(Permit memory permit) private {
        vm.prank(tenant);
        leases.openWithPermit(request, permit.deadline, permit.v, permit.r, permit.s);
    }

    function _refuse(Permit memory permit) private {
        vm.expectRevert(_insufficientAllowance());
        _openWith(permit);
        assertEq(usd.balanceOf(tenant), request.escrow, "the tenant's money");
        assertEq(leases.balanceOf(tenant), 0, "no lease");
    }

    function _insufficientAllowance() private view returns (bytes memory) {
        return
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(leases), 0, request.escrow);
    }

    function _assertOpen() private view {
        assertEq(leases.ownerOf(1), tenant, "holder");
        assertEq(_held(1), request.escrow, "escrow");
        assertEq(usd.balanceOf(address(leases)), request.escrow, "escrow in");
        assertEq(usd.balanceOf(tenant), 0, "paid");
    }
}
