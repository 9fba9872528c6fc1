import type { AbiParameter } from 'viem'
import type { Clones } from './clones'
import { eventNamed } from './decode'
import type { ChainEvent, Subject } from './events'

/** Whose titles the ERC-721 contracts' token ids are. */
const TITLES: Readonly<Record<string, string>> = { FleetRegistry: 'fleetId', CapacityLease: 'leaseId' }
const IDS: readonly string[] = ['fleetId', 'leaseId', 'saleId']

/** Whether an event is about a subject, as the indexer has it: by the ids and addresses among its arguments, and by the fleet whose clone emitted it. */
export function isAbout(event: ChainEvent, subject: Subject, clones: Clones): boolean {
  const { ids, addresses } = argumentsOf(event)
  const fleet = clones.fleetOf(event.address)
  const names = (name: string, id: bigint | undefined) => id === undefined || ids.some(([key, value]) => key === name && value === id)
  return (
    (subject.fleet === undefined || fleet === subject.fleet || names('fleetId', subject.fleet)) &&
    names('leaseId', subject.lease) &&
    names('saleId', subject.sale) &&
    (subject.account === undefined || addresses.has(subject.account.toLowerCase()))
  )
}

interface Arguments {
  readonly ids: readonly (readonly [string, bigint])[]
  /** Lower case. */
  readonly addresses: ReadonlySet<string>
}

function argumentsOf(event: ChainEvent): Arguments {
  const ids: (readonly [string, bigint])[] = []
  const addresses = new Set<string>()
  const look = (parameter: AbiParameter, value: unknown): void => {
    if (Array.isArray(value)) {
      const element = { ...parameter, type: parameter.type.slice(0, parameter.type.lastIndexOf('[')) }
      for (const each of value) look(element, each)
    } else if (typeof value === 'object' && value !== null) {
      if ('components' in parameter) for (const each of parameter.components) look(each, Reflect.get(value, each.name ?? ''))
    } else if (parameter.type === 'address' && typeof value === 'string') {
      addresses.add(value.toLowerCase())
    } else if (typeof value === 'bigint') {
      const name = parameter.name === 'tokenId' ? TITLES[event.contract] : parameter.name
      if (name !== undefined && IDS.includes(name)) ids.push([name, value])
    }
  }
  for (const input of eventNamed(event.contract, event.name)?.inputs ?? []) look(input, Reflect.get(event.args, input.name ?? ''))
  return { ids, addresses }
}
