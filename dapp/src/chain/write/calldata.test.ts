import fc from 'fast-check'
import { type AbiFunction, type AbiParameter, encodeFunctionData } from 'viem'
import { describe, expect, it } from 'vitest'
import type { Call } from '../../queue/entry'
import { encoded as stored, entryShape } from '../../queue/shape'
import { abiOf, abis } from './abis'
import { decoded, encodedAgain, UnknownCall } from './calldata'

const ADDRESS = '0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9'
const mutating = Object.keys(abis).flatMap((contract) =>
  (abiOf(contract) ?? [])
    .filter((item): item is AbiFunction => item.type === 'function' && (item.stateMutability === 'nonpayable' || item.stateMutability === 'payable'))
    .map((item) => [`${contract}.${item.name}(${item.inputs.map(({ type }) => type).join()})`, contract, item] as const),
)

describe('calldata', () => {
  it.each(mutating)('of %s is decoded, kept in storage and encoded again to the same bytes', (_name, contract, item) => {
    fc.assert(
      fc.property(fc.tuple(...item.inputs.map(valueFor)), (args) => {
        const data = encodeFunctionData({ abi: [item], args })
        const call = decoded(contract, { to: ADDRESS, data, value: 0n })
        expect(call.function).toBe(item.name)
        expect(encodedAgain(throughStorage(call))).toEqual({ to: ADDRESS, data, value: 0n })
      }),
      { numRuns: 5 },
    )
  })

  it('of a function that the contract has not is not decoded as another', () => {
    expect(() => decoded('Token', { to: ADDRESS, data: '0xdeadbeef', value: 0n })).toThrow(UnknownCall)
    expect(() => decoded('NoSuchContract', { to: ADDRESS, data: '0xa9059cbb', value: 0n })).toThrow(UnknownCall)
  })

  it('is not made of a call that another version of the page kept', () => {
    const call: Call = { contract: ADDRESS, name: 'Token', function: 'transfer', arguments: [{ name: 'recipient', value: ADDRESS }], value: 0n }
    expect(() => encodedAgain(call)).toThrow(UnknownCall)
    expect(() => encodedAgain({ ...call, name: 'toString' })).toThrow(UnknownCall)
  })
})

function throughStorage(call: Call): Call {
  const entry = { id: 'a', chainId: 1, account: ADDRESS, intent: 'x', needed: 1, draftedAt: 0, steps: [{ calls: [call], status: { kind: 'drafted' }, hashes: [] }] }
  const [step] = entryShape.parse(JSON.parse(stored(entry))).steps
  const [kept] = step?.calls ?? []
  if (kept === undefined) throw new Error('nothing was kept')
  return kept
}

function valueFor(parameter: AbiParameter): fc.Arbitrary<unknown> {
  const { type } = parameter
  if (type.endsWith('[]')) return fc.array(valueFor({ ...parameter, type: type.slice(0, -2) }), { maxLength: 3 })
  if ('components' in parameter) {
    return fc.record(Object.fromEntries(parameter.components.map((field) => [field.name ?? '', valueFor(field)])))
  }
  const bits = /^uint(\d+)$/.exec(type)?.[1]
  if (bits !== undefined) {
    const value = fc.bigInt(0n, 2n ** BigInt(bits) - 1n)
    return Number(bits) <= 48 ? value.map(Number) : value
  }
  const size = /^bytes(\d+)$/.exec(type)?.[1]
  if (size !== undefined) return hex(Number(size), Number(size))
  if (type === 'bytes') return hex(0, 64)
  if (type === 'address') return fc.constant(ADDRESS)
  if (type === 'bool') return fc.boolean()
  return fc.string({ maxLength: 40 })
}

function hex(least: number, most: number): fc.Arbitrary<string> {
  return fc.uint8Array({ minLength: least, maxLength: most }).map((bytes) => `0x${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`)
}
