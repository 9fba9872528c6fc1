import { concatHex, keccak256, numberToHex, sliceHex, type Address, type Hex } from 'viem'
import { call } from 'viem/actions'
import type { Chain } from './chain'

const WORD = 32
const [PUSH2, PUSH20, EXTCODEHASH, MSTORE, PUSH1_0, RETURN] = ['0x61', '0x73', '0x3f', '0x52', '0x6000', '0xf3'] as const
/** What an account without code answers that has a balance or a nonce; one that never was answers zero. */
const EMPTY = keccak256('0x')
const NOTHING = numberToHex(0, { size: WORD })

/**
 * keccak256 of the code at each address, at the chain's block; null where there is no code. In one call of init code that asks EXTCODEHASH (EIP-1052) and
 * returns the answers: the codes themselves are some 200 kB. Rejects when the RPC does not answer, or answers something else.
 */
export async function readCodeHashes(chain: Chain, addresses: readonly Address[]): Promise<readonly (Hex | null)[]> {
  const asking = addresses.map((address, place) => concatHex([PUSH20, address, EXTCODEHASH, PUSH2, numberToHex(place * WORD, { size: 2 }), MSTORE]))
  const { data } = await call(chain.client, {
    data: concatHex([...asking, PUSH2, numberToHex(addresses.length * WORD, { size: 2 }), PUSH1_0, RETURN]),
    blockNumber: chain.block.number,
  })
  if (data?.length !== 2 + addresses.length * WORD * 2) throw new Error('the RPC gave no code hashes')
  return addresses.map((_, place) => {
    const hash = sliceHex(data, place * WORD, (place + 1) * WORD)
    return hash === EMPTY || hash === NOTHING ? null : hash
  })
}
