import { type AbiFunction, type AbiParameter, type Address, type Hex, decodeFunctionData, encodeFunctionData, toFunctionSelector } from 'viem'
import type { Argument, Call, Value } from '../../queue/entry'
import { abiOf } from './abis'
import type { WriteCall } from './write'

/** One call as a transaction carries it; `value` in wei. */
export interface Encoded {
  readonly to: Address
  readonly data: Hex
  readonly value: bigint
}

/** Thrown for a call that no ABI of this page has: a fault of ours, or a queue in storage that was written by another version. */
export class UnknownCall extends Error {
  override readonly name = 'UnknownCall'
}

/** A call by its calldata. Throws UnknownCall, or viem's errors for arguments that do not fit. */
export function encoded(call: WriteCall): Encoded {
  const abi = abiOf(call.contract)
  if (abi === null) throw new UnknownCall(`no contract ${call.contract} is known here`)
  const data = encodeFunctionData({ abi, functionName: call.functionName, args: [...call.args] })
  return { to: call.address, data, value: call.value }
}

/**
 * What calldata says, with the names of the contract's ABI: what is shown before signing comes from here, so that it is what will be signed. Throws
 * UnknownCall where the contract has no such function.
 */
export function decoded(contract: string, { to, data, value }: Encoded): Call {
  const abi = abiOf(contract)
  const selector = data.slice(0, 10)
  const found = abi?.find((item): item is AbiFunction => item.type === 'function' && toFunctionSelector(item) === selector)
  if (found === undefined) throw new UnknownCall(`${contract} has no function ${selector}`)
  const { args = [] } = decodeFunctionData({ abi: [found], data })
  return { contract: to, name: contract, function: found.name, arguments: named(found.inputs, args), value }
}

/** The calldata of a call that the queue kept. Throws UnknownCall where its function is not known here, or its arguments are not those of it. */
export function encodedAgain(call: Call): Encoded {
  const names = call.arguments.map(({ name }) => name).join()
  const found = abiOf(call.name)?.find(
    (item): item is AbiFunction =>
      item.type === 'function' && item.name === call.function && item.inputs.map(({ name }) => name ?? '').join() === names,
  )
  if (found === undefined) throw new UnknownCall(`${call.name} has no function ${call.function}(${names})`)
  const args = call.arguments.map(({ value }, place) => unnamed(found.inputs[place], value))
  return { to: addressOf(call.contract), data: encodeFunctionData({ abi: [found], args }), value: call.value }
}

/** Values that viem decoded, as the queue keeps them: small integers are bigint too, structs are their named fields. */
export function named(inputs: readonly AbiParameter[], values: readonly unknown[]): readonly Argument[] {
  return inputs.map((input, place) => ({ name: input.name ?? '', value: valueOf(input, values[place]) }))
}

function valueOf(parameter: AbiParameter, value: unknown): Value {
  if (Array.isArray(value) && parameter.type.endsWith(']')) {
    const item = itemOf(parameter)
    return value.map((each) => valueOf(item, each))
  }
  if ('components' in parameter && typeof value === 'object' && value !== null) {
    const fields = parameter.components.map((field, place) => ({
      name: field.name ?? '',
      value: valueOf(field, Array.isArray(value) ? value[place] : Reflect.get(value, field.name ?? '')),
    }))
    return { fields }
  }
  if (typeof value === 'number') return BigInt(value)
  if (typeof value === 'bigint' || typeof value === 'string' || typeof value === 'boolean') return value
  throw new UnknownCall(`a value of type ${parameter.type} could not be read`)
}

function unnamed(parameter: AbiParameter | undefined, value: Value): unknown {
  if (parameter === undefined) throw new UnknownCall('an argument too many')
  if (Array.isArray(value)) {
    const item = itemOf(parameter)
    return value.map((each: Value) => unnamed(item, each))
  }
  if (typeof value === 'object' && 'fields' in value && 'components' in parameter) {
    return Object.fromEntries(
      value.fields.map((field) => [field.name, unnamed(parameter.components.find(({ name }) => name === field.name), field.value)]),
    )
  }
  // viem takes integers up to 48 bits as numbers, and wider ones as bigint.
  return typeof value === 'bigint' && isSmall(parameter.type) ? Number(value) : value
}

function itemOf(parameter: AbiParameter): AbiParameter {
  return { ...parameter, type: parameter.type.replace(/\[\d*\]$/, '') }
}

function isSmall(type: string): boolean {
  const bits = /^u?int(\d+)$/.exec(type)?.[1]
  return bits !== undefined && Number(bits) <= 48
}

function addressOf(text: string): Address {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) throw new UnknownCall('a contract that is no address')
  return text as Address
}
