import type { FleetSummary } from '../../chain/read/fleets'
import { requestArgs } from '../../chain/read/leases'
import type { Token } from '../../chain/read/tokens'
import { call, type Row, type Write } from '../../chain/write/write'
import type { Order } from './order'

type Address = `0x${string}`

interface Opening {
  /** CapacityLease's address: it takes the escrow, and nobody else does. */
  readonly contract: Address
  readonly fleet: FleetSummary
  readonly token: Token
  readonly order: Order
  readonly escrow: bigint
  readonly summary: readonly Row[]
}

/** Opens a lease for the account that signs, which pays the escrow. */
export function openWrite({ contract, fleet, token, order, escrow, summary }: Opening): Write {
  const { units, start, end } = order
  return {
    title: { id: 'lease-capacity.write.open', values: { units: Number(units), fleet: `${fleet.fleetId}` } },
    summary,
    intent: `lease.open:${fleet.fleetId}:${units}:${start}:${end}:${escrow}`,
    steps: (holder) => {
      const request = requestArgs({ fleetId: fleet.fleetId, units, start, end, rate: fleet.spec.listRate, escrow, holder })
      return Promise.resolve([
        {
          token: token.address,
          amount: escrow,
          spender: contract,
          plain: call('CapacityLease', contract, 'open', [request]),
          withPermit: ({ deadline, v, r, s }) => call('CapacityLease', contract, 'openWithPermit', [request, deadline, v, r, s]),
        },
      ])
    },
    currency: token,
    moved: token,
  }
}
