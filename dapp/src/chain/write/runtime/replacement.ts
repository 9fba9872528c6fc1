import type { Address } from 'viem'
import type { Call, ReplacedHow } from '../../../queue/entry'
import type { Reader } from '../simulate'
import { encodedAgain } from '../calldata'
import { nonceAt, type Sent, withNonce } from './transactions'

/**
 * The mined transaction of an account that has this nonce, or null where the node cannot tell (it may have thrown old states away). Looks back from `head` in doubling
 * steps and then halves, so that it asks about twice the logarithm of its depth.
 */
export async function minedWith(reader: Reader, account: Address, nonce: number, head: bigint): Promise<Sent | null> {
  // The count is above the nonce from the block it is in: `above` has it, `below` has not.
  let above = head
  let below = head
  for (let step = 1n; ; step *= 2n) {
    below = above > step ? above - step : 0n
    if ((await nonceAt(reader, account, below)) <= nonce) break
    if (below === 0n) return withNonce(reader, account, nonce, 0n)
    above = below
  }
  while (above - below > 1n) {
    const middle = (above + below) / 2n
    if ((await nonceAt(reader, account, middle)) > nonce) above = middle
    else below = middle
  }
  return withNonce(reader, account, nonce, above)
}

/** What a transaction that took the nonce of a call is: the same at another price, an empty one to oneself, or something else. */
export function howReplaced(calls: readonly Call[], by: Sent): ReplacedHow {
  const [call, second] = calls
  if (call !== undefined && second === undefined && isSame(call, by)) return 'repriced'
  const empty = by.value === 0n && by.input === '0x' && by.to?.toLowerCase() === by.from.toLowerCase()
  return empty ? 'cancelled' : 'other'
}

function isSame(call: Call, by: Sent): boolean {
  try {
    const { to, data, value } = encodedAgain(call)
    return by.to?.toLowerCase() === to.toLowerCase() && by.input.toLowerCase() === data.toLowerCase() && by.value === value
  } catch {
    return false // kept by another version of this page
  }
}
