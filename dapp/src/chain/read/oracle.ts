import { meterOracleAbi } from '../abi/MeterOracle'
import type { Chain } from '../chain'
import type { Standing } from '../proof/chainFacts'
import { read, unless } from './call'

export type { Standing } from '../proof/chainFacts'

/** The oracle's clock and where it stands. Times and lengths in seconds. */
export interface Oracle {
  /** Unix seconds of the start of epoch 0. */
  readonly genesis: bigint
  /** L. */
  readonly epochLength: bigint
  /** D: how long nodes wait after an epoch's end before they observe. */
  readonly observationDelay: bigint
  readonly disputeWindow: bigint
  /** The newest standing report's epoch; 0 before the first. */
  readonly headEpoch: bigint
  /** The newest final report; null before the first. `finalAt` is Unix seconds. */
  readonly newestFinal: { readonly epoch: bigint; readonly finalAt: bigint } | null
}

export async function readOracle(chain: Chain): Promise<Oracle> {
  const at = contract(chain)
  const [genesis, epochLength, delay, dispute, headEpoch, [epoch, finalAt]] = await Promise.all([
    read(chain, { ...at, functionName: 'genesis' }),
    read(chain, { ...at, functionName: 'epochLength' }),
    read(chain, { ...at, functionName: 'observationDelay' }),
    read(chain, { ...at, functionName: 'disputeWindow' }),
    read(chain, { ...at, functionName: 'headEpoch' }),
    read(chain, { ...at, functionName: 'newestFinal' }),
  ])
  return {
    genesis,
    epochLength: BigInt(epochLength),
    observationDelay: BigInt(delay),
    disputeWindow: BigInt(dispute),
    headEpoch,
    newestFinal: epoch === 0n ? null : { epoch, finalAt },
  }
}

/** The standing report of an epoch; null when none stands, or when it is older than the last 512 epochs: its event is then what is left. */
export async function readStanding(chain: Chain, epoch: bigint): Promise<Standing | null> {
  if (epoch <= 0n || epoch >> 64n !== 0n) return null
  const raw = await unless('MeterOracle_UnknownReport', read(chain, { ...contract(chain), functionName: 'standing', args: [epoch] }))
  return raw === null ? null : { ...raw, minedAt: BigInt(raw.minedAt) }
}

function contract(chain: Chain) {
  return { address: chain.config.contracts.MeterOracle.address, abi: meterOracleAbi } as const
}
