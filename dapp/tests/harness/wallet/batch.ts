import { concatHex, numberToHex, size, type Address, type Hex } from 'viem'

export interface Call {
  readonly to: Address
  readonly data: Hex
  /** In wei. */
  readonly value: bigint
}

/**
 * The code of an account that makes calls one after the other, all or none, when it sends itself a transaction: what a wallet puts on an account for EIP-5792. Its
 * calldata is calls end to end: 20 bytes of address, 32 of value, 32 of length, then the data. It serves whoever calls it, which is enough for a throw-away chain.
 *
 *     push0 | loop: jumpdest calldatasize dup2 lt push1 body jumpi stop | body: jumpdest
 *     dup1 push1 52 add calldataload              size
 *     dup1 dup3 push1 84 add push0 calldatacopy   the data, to memory
 *     push0 push0 dup3 push0                      returned nothing, from memory 0 with size
 *     dup6 push1 20 add calldataload              value
 *     dup7 calldataload push1 96 shr gas call     address
 *     push1 next jumpi returndatasize push0 push0 returndatacopy returndatasize push0 revert
 *     next: jumpdest add push1 84 add push1 loop jump
 */
export const BATCH_CODE: Hex = '0x5f5b368110600957005b806034013580826054015f375f5f825f8560140135863560601c5af16030573d5f5f3e3d5ffd5b01605401600156'

/** The calldata that makes these calls. */
export function batchOf(calls: readonly Call[]): Hex {
  return concatHex(calls.flatMap(({ to, data, value }) => [to, numberToHex(value, { size: 32 }), numberToHex(size(data), { size: 32 }), data]))
}
