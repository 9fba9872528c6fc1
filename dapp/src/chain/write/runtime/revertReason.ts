import type { Hash, Refusal } from '../../../queue/entry'
import { refusalOf, revertDataOf } from '../revertData'
import type { Reader } from '../simulate'
import { receiptOf, sentOf } from './transactions'

/**
 * Why a mined transaction reverted, by running it again on the state before its block and then on the state after it: a receipt does not say. Where it then passes
 * both times, and had used up its gas, that was the reason. Null where nothing of this is so or the node has the states no more. What other transactions of the same
 * block did before it can make the answer another one.
 */
export async function revertReason(reader: Reader, hash: Hash): Promise<Refusal | null> {
  const [sent, receipt] = await Promise.all([sentOf(reader, hash), receiptOf(reader, hash)])
  if (sent === null || receipt === null || sent.to === null) return null
  const call = { from: sent.from, to: sent.to, data: sent.input, value: `0x${sent.value.toString(16)}` }
  for (const block of [receipt.block.number - 1n, receipt.block.number]) {
    try {
      await reader.request({ method: 'eth_call', params: [call, `0x${block.toString(16)}`] } as never)
    } catch (error) {
      const data = revertDataOf(error)
      return data === null ? null : refusalOf(data)
    }
  }
  const { gas } = sent
  return gas !== null && receipt.gasUsed !== null && usedUp(gas, receipt.gasUsed) ? { by: 'chain', name: 'OutOfGas', arguments: [{ name: 'gas', value: gas }] } : null
}

/** A call gets at most 63 of 64 parts of what is left (EIP-150), so that a 64th remains where one runs out of gas, and about four of them at four calls' depth. */
function usedUp(gas: bigint, used: bigint): boolean {
  return used * 64n >= gas * 60n
}
