import type { Address } from 'viem'
import { fleetShareAbi } from '../abi/FleetShare'
import { revenueWaterfallAbi } from '../abi/RevenueWaterfall'
import { orNull, read } from './call'
import { keep } from './keep'

/** What a FleetShare was made with. `name` and `symbol` are what a stranger wrote: show them by visibleName. */
export interface ShareWords {
  readonly name: string
  readonly symbol: string
  readonly waterfall: Address
  readonly tranche: number
}

/** What a waterfall was made with, as far as a sale needs it. */
export interface FixedTerms {
  readonly fleetId: bigint
  readonly tranches: readonly { readonly face: bigint; readonly couponBps: number }[]
}

/** null where there is no FleetShare. */
export const readShareWords = keep(async (chain, address: Address): Promise<ShareWords | null> => {
  const at = { address, abi: fleetShareAbi } as const
  const [name, symbol, place] = await Promise.all([
    orNull(read(chain, { ...at, functionName: 'name' })),
    orNull(read(chain, { ...at, functionName: 'symbol' })),
    orNull(read(chain, { ...at, functionName: 'waterfall' })),
  ])
  return place === null ? null : { name: name ?? '', symbol: symbol ?? '', waterfall: place[0], tranche: Number(place[1]) }
})

/** null where there is no waterfall. */
export const readFixedTerms = keep(async (chain, address: Address): Promise<FixedTerms | null> => {
  const at = { address, abi: revenueWaterfallAbi } as const
  const [terms, tranches] = await Promise.all([orNull(read(chain, { ...at, functionName: 'terms' })), orNull(read(chain, { ...at, functionName: 'tranches' }))])
  return terms === null || tranches === null ? null : { fleetId: BigInt(terms.fleetId), tranches }
})
