import { uintOfDigits } from '../../../chain/proof/said'
import { unpackReading, type Reading } from '../../../chain/proof/reading'
import type { ProofModel } from '../../../node/answers'

/** A reading that a node gave for a lease, unpacked here from its word: nothing else of what was said is used. Not yet checked against the chain. */
export interface Said {
  readonly epoch: bigint
  readonly reading: Reading
}

/** null when it is of another meter than the one asked for, or its word is none. */
export function saidOf({ epoch, meter }: ProofModel, meterId: bigint): Said | null {
  const word = uintOfDigits(meter.reading)
  if (word === null || uintOfDigits(meter.meter_id) !== meterId) return null
  return { epoch: BigInt(epoch), reading: unpackReading(word) }
}
