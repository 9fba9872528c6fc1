// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title A clone's immutable arguments, where `Clones.cloneWithImmutableArgs` put them
library CloneArgs {
    /// @dev The proxy's own code, before the arguments. As in OpenZeppelin's `Clones.fetchCloneArgs`.
    uint256 private constant PROXY_BYTES = 45;

    /// @notice Copies them to memory and gives their place and length in bytes. Nothing is decoded: the ABI's form of a struct of values
    /// is its form in memory, so the place can be taken for such a struct.
    function load() internal view returns (uint256 place, uint256 length) {
        assembly ("memory-safe") {
            place := mload(0x40)
            length := sub(extcodesize(address()), PROXY_BYTES)
            extcodecopy(address(), place, PROXY_BYTES, length)
            mstore(0x40, add(place, length))
        }
    }
}
