// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {DecimalsToken} from "../support/tokens/DecimalsToken.sol";
import {OracleTest} from "./OracleTest.sol";

/// @title What the bonds' tests share: a token in which nobody has bonded yet
abstract contract BondTest is OracleTest {
    uint40 internal constant UNBONDING = 21 days;

    DecimalsToken internal token;
    address internal challenger = makeAddr("challenger");

    function setUp() public virtual override {
        super.setUp();
        token = new DecimalsToken(6);
    }

    function _cold(uint256 index) internal view returns (address) {
        return nodes[index].cold;
    }

    function _deposit(uint256 index, uint96 amount) internal {
        _bondNode(_cold(index), address(token), amount);
    }

    function _unbond(uint256 index, uint96 amount) internal {
        vm.prank(_cold(index));
        bonds.unbond(address(token), amount);
    }

    function _withdraw(uint256 index, address to) internal returns (uint96) {
        vm.prank(_cold(index));
        return bonds.withdraw(address(token), to);
    }

    /// @notice What evidence against these nodes does.
    function _slash(uint256[] memory indices) internal {
        address[] memory colds = new address[](indices.length);
        for (uint256 i = 0; i < indices.length; ++i) {
            colds[i] = _cold(indices[i]);
        }
        vm.prank(oracle.evidence());
        bonds.slash(colds, challenger);
    }

    function _assertBond(uint256 index, uint96 bonded, uint96 unbonding, uint256 until) internal view {
        (uint96 bonded_, uint96 unbonding_, uint40 until_) = bonds.bondOf(_cold(index), address(token));
        assertEq(bonded_, bonded, "bonded");
        assertEq(unbonding_, unbonding, "unbonding");
        assertEq(until_, until, "until");
    }

    function _cover() internal view returns (uint256) {
        return bonds.coverOf(address(token));
    }

    /// @notice The sum of the q smallest bonds, worked out in the plainest way.
    function _trueCover(address currency) internal view returns (uint256 sum) {
        uint256[] memory all = new uint256[](nodes.length);
        uint256 count = 0;
        for (uint256 i = 0; i < nodes.length; ++i) {
            if (nodeSet.nodes()[i].hot == address(0)) continue;
            (uint96 bonded,,) = bonds.bondOf(nodeSet.nodes()[i].cold, currency);
            all[count++] = bonded;
        }
        if (count < nodeSet.quorum()) return 0;
        for (uint256 k = 0; k < nodeSet.quorum(); ++k) {
            uint256 least = k;
            for (uint256 i = k; i < count; ++i) {
                if (all[i] < all[least]) least = i;
            }
            (all[k], all[least]) = (all[least], all[k]);
            sum += all[k];
        }
    }
}
