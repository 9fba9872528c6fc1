import type { Fleet } from '../../chain/read/fleets'
import { call, type Currency, type Row, type Write, type WriteStep } from '../../chain/write/write'
import type { AmountToken, Figures } from '../../ui/useFigures'
import { NO_BODY } from './allocation/body'
import { OPERATOR } from './money/earnings'
import type { Spec } from './register/spec'

type Address = `0x${string}`
type Hash = `0x${string}`

/** Proposes a fleet. `begun` is told once the calls are made for an account, before anything is signed. */
export function proposeWrite(registry: Address, spec: Spec, summary: readonly Row[], token: AmountToken, begun: (account: Address) => void): Write {
  const { units, boardWatts, availabilityBps, penaltyBps, creditCapBps, notice, ...rest } = spec
  const numbers = {
    units: Number(units),
    boardWatts: Number(boardWatts),
    availabilityBps: Number(availabilityBps),
    penaltyBps: Number(penaltyBps),
    creditCapBps: Number(creditCapBps),
    notice: Number(notice),
  }
  const steps = (account: Address): WriteStep[] => {
    begun(account)
    return [call('FleetRegistry', registry, 'propose', [{ ...rest, ...numbers }])]
  }
  return write('operate.write.propose', {}, summary, `fleet.propose:${spec.model}:${spec.site}:${spec.units}`, steps, token)
}

/** Publishes the next version of a fleet's inventory. */
export function publishWrite(registry: Address, fleetId: bigint, root: Hash, count: bigint, { t, gpus }: Figures): Write {
  const summary = [
    { label: t('operate.inventory.count'), value: gpus(count) },
    { label: t('operate.inventory.root'), value: root },
  ]
  const steps = (): WriteStep[] => [call('FleetRegistry', registry, 'publishInventory', [Number(fleetId), root, Number(count)])]
  return write('operate.write.publish', { fleet: `${fleetId}` }, summary, `fleet.inventory:${fleetId}:${root}`, steps, null)
}

/** Sets the price of leases opened from now on. */
export function rateWrite(registry: Address, { fleetId, spec, token }: Fleet, rate: bigint, { t, money }: Figures): Write {
  const summary = [
    { label: t('operate.rate.now'), value: money(spec.listRate, token) },
    { label: t('operate.rate.new'), value: money(rate, token) },
  ]
  const steps = (): WriteStep[] => [call('FleetRegistry', registry, 'setListRate', [Number(fleetId), rate])]
  return write('operate.write.rate', { fleet: `${fleetId}` }, summary, `fleet.rate:${fleetId}:${rate}`, steps, token)
}

/** Publishes a document; a later one of the same name replaces it. */
export function documentWrite(registry: Address, fleetId: bigint, document: { readonly name: string; readonly uri: string; readonly hash: Hash }, { t, name }: Figures): Write {
  const summary = [
    { label: t('operate.document.name'), value: name(document.name) },
    { label: t('operate.document.uri'), value: name(document.uri, 120) },
    { label: t('operate.document.hash'), value: document.hash },
  ]
  const steps = (): WriteStep[] => [call('FleetRegistry', registry, 'setDocument', [Number(fleetId), document.name, document.uri, document.hash])]
  return write('operate.write.document', { fleet: `${fleetId}` }, summary, `fleet.document:${fleetId}:${document.name}:${document.hash}`, steps, null)
}

/** Adds to a fleet's bond. The contract takes no permit: the exact amount is approved first, or both go in one batch. */
export function depositWrite(leases: Address, { fleetId, spec, token, account }: Fleet, amount: bigint, { t, money }: Figures): Write {
  const summary = [
    { label: t('operate.bond.deposit'), value: money(amount, token) },
    { label: t('operate.bond.after'), value: money(account.bond + amount, token) },
  ]
  const plain = call('CapacityLease', leases, 'depositBond', [Number(fleetId), amount])
  const steps = (): WriteStep[] => [{ token: spec.currency, amount, spender: leases, plain, withPermit: null }]
  return { ...write('operate.write.deposit', { fleet: `${fleetId}` }, summary, `fleet.bond:${fleetId}:${amount}`, steps, token), ...(token === null ? {} : { moved: token }) }
}

/** Takes bond out, to any address. */
export function withdrawWrite(leases: Address, { fleetId, token, account }: Fleet, amount: bigint, to: Address, { t, money }: Figures): Write {
  const summary = [
    { label: t('operate.bond.withdraw'), value: money(amount, token) },
    { label: t('operate.to'), value: to },
    { label: t('operate.bond.after'), value: money(account.bond - amount, token) },
  ]
  const steps = (): WriteStep[] => [call('CapacityLease', leases, 'withdrawBond', [Number(fleetId), amount, to])]
  return write('operate.write.withdraw', { fleet: `${fleetId}` }, summary, `fleet.unbond:${fleetId}:${amount}`, steps, token)
}

/** Pulls the till down the waterfall. Anyone may, once in each period. */
export function distributeWrite(waterfall: Address, { fleetId, token, account }: Fleet, { t, money, energy }: Figures): Write {
  const summary = [
    { label: t('operate.money.till'), value: t('operate.atLeast', { amount: money(account.money.till, token) }) },
    { label: t('operate.money.tillWh'), value: t('operate.atLeast', { amount: energy(account.money.tillWh) }) },
  ]
  return write('operate.write.distribute', { fleet: `${fleetId}` }, summary, `fleet.distribute:${waterfall}`, () => [call('RevenueWaterfall', waterfall, 'distribute', [])], token)
}

/** Pays what the operator has been credited, to any address. It takes all there is when it is mined. */
export function claimWrite(waterfall: Address, { fleetId, token }: Fleet, claimable: bigint, to: Address, { t, money }: Figures): Write {
  const summary = [
    { label: t('operate.money.claimable'), value: t('operate.atLeast', { amount: money(claimable, token) }) },
    { label: t('operate.to'), value: to },
  ]
  return write('operate.write.claim', { fleet: `${fleetId}` }, summary, `fleet.fee:${waterfall}`, () => [call('RevenueWaterfall', waterfall, 'claimFee', [OPERATOR, to])], token)
}

/** Says which GPUs serve a lease from the next epoch on; the zero hash takes them all away. */
export function allocateWrite(leases: Address, leaseId: bigint, { version, hash, gpus }: { readonly version: bigint; readonly hash: Hash; readonly gpus: number }, { t, gpus: shown }: Figures): Write {
  const summary =
    hash === NO_BODY
      ? [{ label: t('operate.allocation.gpus'), value: t('operate.allocation.none') }]
      : [
          { label: t('operate.allocation.gpus'), value: shown(gpus) },
          { label: t('operate.allocation.version'), value: `${version}` },
          { label: t('operate.allocation.hash'), value: hash },
        ]
  const steps = (): WriteStep[] => [call('CapacityLease', leases, 'allocate', [leaseId, Number(version), hash])]
  return write('operate.write.allocate', { lease: `${leaseId}` }, summary, `lease.allocate:${leaseId}:${hash}`, steps, null)
}

function write(
  id: string,
  values: Readonly<Record<string, string>>,
  summary: readonly Row[],
  intent: string,
  steps: (account: Address) => readonly WriteStep[],
  token: AmountToken,
): Write {
  const currency: Currency | null = token === null ? null : { symbol: token.symbol, decimals: token.decimals }
  return { title: { id, values }, summary, intent, steps: (account) => Promise.resolve(steps(account)), ...(currency === null ? {} : { currency }) }
}
