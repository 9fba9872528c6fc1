import { concatHex, encodeAbiParameters, numberToHex, size, toFunctionSelector, type Address, type Hex } from 'viem'

/** Bytes of the code below, before the answer. */
const CODE_SIZE = 84

/**
 * The code of a token that answers `name()` and `symbol()` with `text` and is in everything else what `implementation` makes of its storage.
 *
 *     push0 calldataload push1 e0 shr                                         the selector
 *     dup1 push4 name eq push1 told jumpi push4 symbol eq push1 told jumpi
 *     calldatasize push0 push0 calldatacopy
 *     push0 push0 calldatasize push0 push20 implementation gas delegatecall
 *     returndatasize push0 push0 returndatacopy push1 done jumpi returndatasize push0 revert
 *     done: jumpdest returndatasize push0 return
 *     told: jumpdest push3 size push1 code push0 codecopy push3 size push0 return
 */
export function calledLike(text: string, implementation: Address): Hex {
  const answer = encodeAbiParameters([{ type: 'string' }], [text])
  const [name, symbol] = [toFunctionSelector('name()'), toFunctionSelector('symbol()')]
  const length = numberToHex(size(answer), { size: 3 })
  const code = concatHex([
    '0x5f3560e01c8063', name, '0x1460455763', symbol, '0x14604557',
    '0x365f5f375f5f365f73', implementation, '0x5af43d5f5f3e6041573d5ffd5b3d5ff3',
    '0x5b62', length, `0x60${CODE_SIZE.toString(16)}5f3962`, length, '0x5ff3',
  ])
  if (size(code) !== CODE_SIZE) throw new Error(`the code has ${size(code)} bytes`)
  return concatHex([code, answer])
}
