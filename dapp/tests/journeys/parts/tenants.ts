import { expect, type Page } from '@playwright/test'
import type { Address } from 'viem'
import { capacityLeaseAbi } from '../../../src/chain/abi/CapacityLease'
import { fleetRegistryAbi } from '../../../src/chain/abi/FleetRegistry'
import { meterOracleAbi } from '../../../src/chain/abi/MeterOracle'
import type { Chain } from '../../harness/chain'
import { objectOf } from '../../harness/json'
import type { World } from '../../harness/world'
import { contractOf } from './people'

/** CapacityLease.SUNSET, seconds. */
export const SUNSET = 14n * 86_400n

const DAY = 86_400n

/** What a lease is asked for; Unix seconds. */
export interface Asked {
  readonly fleet: bigint
  readonly units: bigint
  readonly start: bigint
  readonly end: bigint
}

/** A reading's counters: unit-seconds and Wh. */
export interface Counters {
  readonly measured: bigint
  readonly delivered: bigint
  readonly utilised: bigint
  readonly breached: bigint
  readonly energyWh: bigint
}

/** A reading as a contract packs it, from its highest bit down: four counters of 48 bits, energy, trust and flags. */
export function countersOf(reading: bigint): Counters {
  const at = (shift: bigint): bigint => (reading >> shift) & (2n ** 48n - 1n)
  return { measured: at(208n), delivered: at(160n), utilised: at(112n), breached: at(64n), energyWh: at(16n) }
}

/** What tests see of leases on a chain itself, beside the page. */
export class Leases {
  readonly address: Address

  constructor(
    readonly chain: Chain,
    readonly world: World,
  ) {
    this.address = contractOf(world, 'CapacityLease')
  }

  leaseOf(leaseId: bigint) {
    return this.chain.client.readContract({ address: this.address, abi: capacityLeaseAbi, functionName: 'leaseOf', args: [leaseId] })
  }

  runwayOf(leaseId: bigint) {
    return this.chain.client.readContract({ address: this.address, abi: capacityLeaseAbi, functionName: 'runwayOf', args: [leaseId] })
  }

  holderOf(leaseId: bigint) {
    return this.chain.client.readContract({ address: this.address, abi: capacityLeaseAbi, functionName: 'ownerOf', args: [leaseId] })
  }

  fleetAccount(fleetId: bigint) {
    return this.chain.client.readContract({ address: this.address, abi: capacityLeaseAbi, functionName: 'fleetAccountOf', args: [Number(fleetId)] })
  }

  /** Smallest units for one unit and one hour. */
  async rateOf(fleetId: bigint): Promise<bigint> {
    return (await this.specOf(fleetId)).listRate
  }

  specOf(fleetId: bigint) {
    return this.chain.client.readContract({ address: contractOf(this.world, 'FleetRegistry'), abi: fleetRegistryAbi, functionName: 'specOf', args: [Number(fleetId)] })
  }

  async runwayFor(asked: Asked, holder: Address): Promise<bigint> {
    return this.chain.client.readContract({ address: this.address, abi: capacityLeaseAbi, functionName: 'runwayFor', args: [await this.request(asked, 0n, holder)] })
  }

  async request({ fleet, units, start, end }: Asked, escrow: bigint, holder: Address) {
    return { fleetId: Number(fleet), units: Number(units), start: Number(start), end: Number(end), rate: await this.rateOf(fleet), escrow, holder }
  }

  /** The leases an account opened, oldest first. */
  async openedBy(holder: Address): Promise<readonly bigint[]> {
    const found = await this.chain.client.getContractEvents({ address: this.address, abi: capacityLeaseAbi, eventName: 'LeaseOpened', args: { holder }, fromBlock: 0n })
    return found.map(({ args }) => {
      if (args.leaseId === undefined) throw new Error('an event without an id')
      return args.leaseId
    })
  }

  settled(leaseId: bigint) {
    return this.chain.client.getContractEvents({ address: this.address, abi: capacityLeaseAbi, eventName: 'Settled', args: { leaseId }, fromBlock: 0n })
  }

  /** Of epochs, seconds. */
  async epochLength(): Promise<bigint> {
    return BigInt(await this.#oracle('epochLength'))
  }

  async headEpoch(): Promise<bigint> {
    return BigInt(await this.#oracle('headEpoch'))
  }

  /** When an epoch's period ends, Unix seconds. */
  async periodEnd(epoch: bigint): Promise<bigint> {
    return BigInt(await this.#oracle('genesis')) + (epoch + 1n) * (await this.epochLength())
  }

  /** The newest epoch that may be reported now. */
  async dueEpoch(): Promise<bigint> {
    const observed = (await this.chain.now()) - BigInt(await this.#oracle('observationDelay'))
    return (observed - BigInt(await this.#oracle('genesis'))) / (await this.epochLength()) - 1n
  }

  /** From a report's block until it is final, seconds. */
  async disputeWindow(): Promise<bigint> {
    return BigInt(await this.#oracle('disputeWindow'))
  }

  #oracle(functionName: 'epochLength' | 'genesis' | 'headEpoch' | 'disputeWindow' | 'observationDelay') {
    return this.chain.client.readContract({ address: contractOf(this.world, 'MeterOracle'), abi: meterOracleAbi, functionName })
  }
}

/** A term that stays possible however the chain's clock is moved on meanwhile. */
export async function inTwoDays(leases: Leases, units = 1n, hours = 30n, fleet = 2n): Promise<Asked> {
  const length = await leases.epochLength()
  const soon = (await leases.chain.now()) + 2n * DAY
  const start = soon - (soon % length)
  return { fleet, units, start, end: start + hours * 3600n }
}

/** Units × seconds × rate, in smallest units: rounded down as rent is, or up as escrow is. */
export function price({ units, start, end }: Asked, rate: bigint, rounded: 'down' | 'up' = 'down'): bigint {
  const exact = units * (end - start) * rate
  return rounded === 'down' ? exact / 3600n : (exact + 3599n) / 3600n
}

/** A moment as a field of a date and a time takes it, UTC. */
export function fieldTime(at: bigint): string {
  return new Date(Number(at) * 1000).toISOString().slice(0, 16)
}

/** Fills in the English form of a lease; `hours` are whole. */
export async function ask(page: Page, { units, start, end }: Asked): Promise<void> {
  await page.getByRole('textbox', { name: 'GPUs' }).fill(`${units}`)
  await page.getByLabel('Start (UTC)').fill(fieldTime(start))
  await page.getByLabel('For how long').selectOption('hours')
  await page.getByRole('textbox', { name: 'Length' }).fill(`${(end - start) / 3600n}`)
}

/** Presses the button once the page has made its quote. */
export async function reviewLease(page: Page): Promise<void> {
  const review = page.getByRole('button', { name: 'Review the lease' })
  await expect(review).toBeEnabled()
  await review.click()
}

/** What a node says of a lease: the newest final epoch that has it, or 0. */
export async function finalByNode(node: string, leaseId: bigint): Promise<bigint> {
  const answer = await fetch(new URL(`/v1/leases/${leaseId}`, node))
  if (!answer.ok) return 0n
  const { final } = objectOf(await answer.json())
  return final === null || final === undefined ? 0n : BigInt(Number(objectOf(final)['epoch']))
}

/** Hours of GPUs with two decimals, rounded down, of unit-seconds. */
export function gpuHours(unitSeconds: bigint): string {
  const hundredths = (unitSeconds * 100n) / 3600n
  return `${(hundredths / 100n).toString().replace(/\B(?=(\d{3})+$)/g, ',')}.${(hundredths % 100n).toString().padStart(2, '0')} GPU-h`
}
