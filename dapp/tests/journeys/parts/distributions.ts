import { erc20Abi, isAddress, type Address } from 'viem'
import { fleetShareAbi } from '../../../src/chain/abi/FleetShare'
import { revenueFactoryAbi } from '../../../src/chain/abi/RevenueFactory'
import { revenueWaterfallAbi } from '../../../src/chain/abi/RevenueWaterfall'
import type { Chain } from '../../harness/chain'
import type { World } from '../../harness/world'
import { logsOf, whole, wholes, type Log } from './logs'
import { contractOf } from './people'

/** What one distribution of a waterfall's rent came to; smallest units, Unix seconds. */
export interface Distribution {
  readonly from: bigint
  readonly time: bigint
  readonly tx: string
  readonly rent: bigint
  readonly wh: bigint
  readonly fees: readonly bigint[]
  readonly reserveIn: bigint
  readonly reserveOut: bigint
  readonly incomes: readonly bigint[]
}

/** What a fleet's waterfall has paid up to a block, oldest first, from its logs; faces from the shares' supplies. */
export async function moneyOf(chain: Chain, world: World, fleet: bigint, until: bigint | 'latest') {
  const made = (await logsOf(chain, revenueFactoryAbi, contractOf(world, 'RevenueFactory'), ['RevenueCreated'])).find((log) => whole(log, 'fleetId') === fleet)
  if (made === undefined) throw new Error(`fleet ${fleet} has no waterfall`)
  const shares = addresses(made.args['shares'])
  const [waterfall] = addresses([made.args['waterfall']])
  if (waterfall === undefined) throw new Error(`the waterfall of fleet ${fleet} has no address`)
  const distributed = await logsOf(chain, revenueWaterfallAbi, waterfall, ['Distributed'], until)
  const distributions = distributed.map((log, place): Distribution => distributionOf(log, distributed[place - 1]?.time ?? made.time))
  const claims = await Promise.all(shares.map((share) => logsOf(chain, fleetShareAbi, share, ['IncomeClaimed'], until)))
  return {
    createdAt: made.time,
    waterfall,
    shares,
    distributions,
    faces: await Promise.all(shares.map((address) => chain.client.readContract({ address, abi: erc20Abi, functionName: 'totalSupply' }))),
    names: shares.map((_, place) => (place === shares.length - 1 ? 'Equity' : place === 0 ? 'Senior tranche' : `Tranche ${place + 1}`)),
    claimed: claims.map((logs) => logs.reduce((sum, log) => sum + whole(log, 'amount'), 0n)),
  }
}

function distributionOf(log: Log, from: bigint): Distribution {
  const { time, tx } = log
  return {
    from,
    time,
    tx,
    rent: whole(log, 'rent'),
    wh: whole(log, 'energyWh'),
    fees: wholes(log, 'fees'),
    reserveIn: whole(log, 'reserveIn'),
    reserveOut: whole(log, 'reserveOut'),
    incomes: wholes(log, 'incomes'),
  }
}

function addresses(value: unknown): readonly Address[] {
  return Array.isArray(value) ? value.filter((each: unknown): each is Address => typeof each === 'string' && isAddress(each)) : []
}
