import { getAddress, type Address } from 'viem'

/** An address in EIP-55 case, for `AddressInput`. */
export function checksum(address: Address): Address {
  return getAddress(address)
}
