// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Test} from "forge-std/Test.sol";
import {INodeSet} from "../../../contracts/metering/INodeSet.sol";
import {KeyBlob} from "../../../contracts/metering/KeyBlob.sol";

/// @title Keys written as code are read back
contract KeyBlobTest is Test {
    using KeyBlob for bytes;

    bytes32 private constant DIGEST = keccak256("configuration");

    function testFuzz_EveryKeyIsReadBackOnBothSidesOfItsChange(uint256 n, uint256 seed) public {
        n = bound(n, 1, 31);
        INodeSet.NodeKeys[] memory nodes = _nodes(n, seed);
        bytes memory keys = KeyBlob.load(KeyBlob.write(DIGEST, nodes), n);
        assertEq(keys.configDigest(), DIGEST, "digest");
        for (uint256 i = 0; i < n; ++i) {
            uint64 hotFrom = nodes[i].hotFrom;
            assertEq(keys.signer(i, hotFrom), nodes[i].hot, "at the change");
            assertEq(keys.signer(i, type(uint64).max), nodes[i].hot, "long after");
            if (hotFrom == 0) continue;
            assertEq(keys.signer(i, hotFrom - 1), nodes[i].previousHot, "an epoch before");
            assertEq(keys.signer(i, 0), nodes[i].previousHot, "long before");
        }
    }

    /// @dev A blob begins with STOP, so that nobody can make it do anything, and holds nothing but what was written.
    function testFuzz_BlobIsTheStatedLayoutBehindAStop(uint256 n, uint256 seed) public {
        n = bound(n, 1, 31);
        INodeSet.NodeKeys[] memory nodes = _nodes(n, seed);
        bytes memory expected = abi.encodePacked(hex"00", DIGEST);
        for (uint256 i = 0; i < n; ++i) {
            expected = abi.encodePacked(expected, nodes[i].hot, nodes[i].previousHot, nodes[i].hotFrom);
        }
        address blob = KeyBlob.write(DIGEST, nodes);
        assertEq(blob.code, expected, "code");
        (bool done, bytes memory said) = blob.call("anything");
        assertTrue(done && said.length == 0, "does nothing");
    }

    /// @dev Memory handed out after a load must not overlap what was loaded, whatever its size.
    function testFuzz_LoadedKeysSurviveWhatIsAllocatedNext(uint256 n, uint256 seed) public {
        n = bound(n, 1, 31);
        INodeSet.NodeKeys[] memory nodes = _nodes(n, seed);
        address blob = KeyBlob.write(DIGEST, nodes);
        bytes memory keys = KeyBlob.load(blob, n);
        bytes memory next = abi.encodePacked(type(uint256).max, type(uint256).max, type(uint256).max);
        assertEq(keys.length, 32 + 48 * n, "length");
        assertEq(keccak256(abi.encodePacked(hex"00", keys)), blob.codehash, "content");
        assertEq(next.length, 96, "allocated");
    }

    /// @dev What an oracle nobody configured reads: an address without code is a blob of zeros.
    function test_NoBlobReadsAsZeros() public view {
        bytes memory keys = KeyBlob.load(address(0), 4);
        assertEq(keys.configDigest(), 0, "digest");
        assertEq(keys.signer(3, 0), address(0), "key");
    }

    function _nodes(uint256 n, uint256 seed) private pure returns (INodeSet.NodeKeys[] memory nodes) {
        nodes = new INodeSet.NodeKeys[](n);
        for (uint256 i = 0; i < n; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            nodes[i] = INodeSet.NodeKeys({
                cold: address(0),
                hot: address(uint160(draw)),
                previousHot: address(uint160(uint256(keccak256(abi.encode(draw))))),
                hotFrom: draw % 5 == 0 ? 0 : uint64(draw >> 160)
            });
        }
    }
}
