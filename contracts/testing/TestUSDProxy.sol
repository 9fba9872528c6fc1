// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {TestUSD} from "./TestUSD.sol";

/// @title TestUSD behind a proxy, as payment stablecoins are
contract TestUSDProxy is ERC1967Proxy {
    constructor(address implementation, address owner)
        ERC1967Proxy(implementation, abi.encodeCall(TestUSD.initialise, (owner)))
    {}
}
