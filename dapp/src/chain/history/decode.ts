import type { AbiEvent, AbiParameter, Address, Hex } from 'viem'
import { decodeEventLog, getAddress, isAddress, toEventSelector } from 'viem'
import type { EventContract } from './contracts'
import { eventAbis } from './contracts'
import type { ChainEvent } from './events'

/** Where an event stands on the chain. */
export interface Place {
  readonly address: Address
  readonly block: bigint
  readonly time: bigint
  readonly tx: Hex
  readonly logIndex: number
}

/** Every event of every contract, by contract and name. */
const EVENTS = new Map(
  Object.entries(eventAbis).map(([contract, abi]) => [
    contract,
    new Map(abi.flatMap((entry): [string, AbiEvent][] => (entry.type === 'event' ? [[entry.name, entry]] : []))),
  ]),
)

/** The event of a contract by its name; undefined when it has none. */
export function eventNamed(contract: string, name: string): AbiEvent | undefined {
  return EVENTS.get(contract)?.get(name)
}

/** The selectors of a contract's events, or of those that are named. */
export function selectorsOf(contract: EventContract, names?: readonly string[]): Hex[] {
  const own = [...(EVENTS.get(contract)?.values() ?? [])]
  return own.filter((event) => names === undefined || names.includes(event.name)).map((event) => toEventSelector(event))
}

/** A log of one of the contracts as its event; null for a log that is none of its ABI's. */
export function eventOfLog(contract: EventContract, topics: readonly Hex[], data: Hex, place: Place): ChainEvent | null {
  const event = [...(EVENTS.get(contract)?.values() ?? [])].find((each) => toEventSelector(each) === topics[0])
  if (event === undefined) return null
  const [signature, ...indexed] = topics
  if (signature === undefined) return null
  try {
    const { args } = decodeEventLog({ abi: [event], topics: [signature, ...indexed], data, strict: true })
    return typed(contract, event.name, structOf(event.inputs, args, ownValue), place)
  } catch {
    // Of the configured contracts' own code no log is malformed; of another's nothing is asked.
    return null
  }
}

/** An event in the indexer's JSON; null when a value is not what the ABI says. Throws nothing. */
export function eventOfJson(contract: string, name: string, args: unknown, place: Place): ChainEvent | null {
  const event = eventNamed(contract, name)
  if (event === undefined || !isContract(contract)) return null
  try {
    return typed(contract, name, structOf(event.inputs, args, jsonValue), place)
  } catch (error) {
    if (error instanceof Malformed) return null
    throw error
  }
}

/** Whether a name is one of the contracts'. */
export function isContract(name: string): name is EventContract {
  return Object.hasOwn(eventAbis, name)
}

class Malformed extends Error {}

type Leaf = (type: string, value: unknown) => unknown

/** A struct's fields, or an event's arguments, by name and in the ABI's order. */
function structOf(parameters: readonly AbiParameter[], values: unknown, leaf: Leaf): Readonly<Record<string, unknown>> {
  if (typeof values !== 'object' || values === null) throw new Malformed()
  return Object.fromEntries(
    parameters.map((parameter) => {
      const name = parameter.name ?? ''
      if (!Object.hasOwn(values, name)) throw new Malformed()
      return [name, valueOf(parameter, Reflect.get(values, name), leaf)]
    }),
  )
}

function valueOf(parameter: AbiParameter, value: unknown, leaf: Leaf): unknown {
  const array = /^(.*)\[([0-9]*)\]$/.exec(parameter.type)
  if (array !== null) {
    if (!Array.isArray(value) || (array[2] !== '' && value.length !== Number(array[2]))) throw new Malformed()
    return value.map((each) => valueOf({ ...parameter, type: array[1] ?? '' }, each, leaf))
  }
  if (parameter.type === 'tuple' && 'components' in parameter) return structOf(parameter.components, value, leaf)
  return leaf(parameter.type, value)
}

/** A value as viem decodes it, integers widened. */
function ownValue(type: string, value: unknown): unknown {
  return isInteger(type) && typeof value === 'number' ? BigInt(value) : value
}

/** A value as the indexer writes it. */
function jsonValue(type: string, value: unknown): unknown {
  if (type === 'bool') return checked(value, typeof value === 'boolean')
  if (typeof value !== 'string') throw new Malformed()
  if (isInteger(type)) return integerOf(type, value)
  if (type === 'address') return isAddress(value, { strict: false }) ? getAddress(value) : checked(value, false)
  if (type === 'string') return value
  const bytes = /^bytes([0-9]*)$/.exec(type)
  const digits = bytes?.[1] === '' ? '*' : `{${Number(bytes?.[1]) * 2}}`
  return checked(value, bytes !== null && value.length % 2 === 0 && new RegExp(`^0x[0-9a-f]${digits}$`).test(value))
}

function integerOf(type: string, text: string): bigint {
  if (!/^-?[0-9]{1,78}$/.test(text)) throw new Malformed()
  const value = BigInt(text)
  const bits = Number(type.replace(/^u?int/, '') || 256)
  const fits = type.startsWith('u') ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value)
  if (fits !== value) throw new Malformed()
  return value
}

function checked(value: unknown, holds: boolean): unknown {
  if (!holds) throw new Malformed()
  return value
}

function isInteger(type: string): boolean {
  return /^u?int[0-9]*$/.test(type)
}

/**
 * The one place where what was checked field by field against the ABI is given the type made of the same ABI: TypeScript cannot follow a walk over
 * it at run time.
 */
function typed(contract: EventContract, name: string, args: Readonly<Record<string, unknown>>, place: Place): ChainEvent {
  const event: unknown = { contract, name, ...place, args }
  return event as ChainEvent
}
