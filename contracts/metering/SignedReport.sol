// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IMeterOracle} from "./IMeterOracle.sol";

/// @title What nodes sign and how it is sent: the one place that knows, for those who accept reports and those who refute them
library SignedReport {
    string internal constant NAME = "Wellhead MeterOracle";
    string internal constant VERSION = "1";
    /// @dev Of one record: `index ++ r ++ vs` (EIP-2098).
    uint256 internal constant RECORD_BYTES = 65;

    /// @dev Of secp256k1. Every signature has a twin with s above it, which is not accepted.
    uint256 private constant HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant REPORT_TYPEHASH = keccak256(
        "Report(bytes32 configDigest,uint64 epoch,uint64 baseEpoch,bytes32 baseRoot,bytes32 root,bytes32 setHash,uint32 leafCount)"
    );

    /// @notice hashStruct of EIP-712.
    function structHash(IMeterOracle.Report memory report, bytes32 baseRoot) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                REPORT_TYPEHASH,
                report.configDigest,
                report.epoch,
                report.baseEpoch,
                baseRoot,
                report.root,
                report.setHash,
                report.leafCount
            )
        );
    }

    /// @notice The domain separator of a MeterOracle on this chain, for a contract that is not it.
    function domainSeparator(address oracle) internal view returns (bytes32) {
        return keccak256(
            abi.encode(DOMAIN_TYPEHASH, keccak256(bytes(NAME)), keccak256(bytes(VERSION)), block.chainid, oracle)
        );
    }

    /// @notice The node index the i-th record names, and who signed; the zero address when the signature is malformed or its s is high.
    /// The record is the caller's to know to be there.
    function recover(bytes32 digest, bytes calldata signatures, uint256 i)
        internal
        pure
        returns (uint256 index, address recovered)
    {
        bytes32 r;
        uint8 v;
        uint256 s;
        assembly ("memory-safe") {
            let record := add(signatures.offset, mul(i, RECORD_BYTES))
            index := byte(0, calldataload(record))
            r := calldataload(add(record, 1))
            let vs := calldataload(add(record, 33))
            v := add(27, shr(255, vs))
            s := shr(1, shl(1, vs))
        }
        if (s <= HALF_ORDER) recovered = ecrecover(digest, v, r, bytes32(s));
    }
}
