import { useConfig } from '../chain/context'
import { useWallet } from '../chain/wallet/useWallet'
import { type Outcome, outcomeOf } from '../queue/select'
import { useQueue } from './useRuntime'

/**
 * What came of the connected account's newest write of an intent (`Write.intent`), as it stands now: a page that says "done" by it says so no longer when a
 * reorganisation took the transaction back, which `onDone`, called once, cannot. Null for a null intent, without an account, and where there is none in the queue.
 */
export function useOutcome(intent: string | null): Outcome | null {
  const { chain } = useConfig()
  const { address } = useWallet()
  const queue = useQueue()
  return intent === null || address === null ? null : outcomeOf(queue, chain.id, address, intent)
}
