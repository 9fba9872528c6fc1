import { readFileSync } from 'node:fs'
import { type AbiFunction, encodeErrorResult, parseAbi } from 'viem'
import { describe, expect, it } from 'vitest'
import { customErrors } from '../abi/errors'
import { abiOf, abis } from './abis'
import { refusalOf, revertDataOf } from './revertData'
import { sayRefusal } from './sayRefusal'
import type { Currency } from './write'

const catalog = (folder: string, locale: string): Record<string, string> =>
  JSON.parse(readFileSync(new URL(`${folder}/messages/${locale}.json`, import.meta.url), 'utf8')) as Record<string, string>
const argumentsOf = (text: string): readonly string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
const ADDRESS = '0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9'

describe.each(['en', 'fr'])('the %s catalog', (locale) => {
  const messages = catalog('.', locale)

  it.each(Object.values(customErrors).map((error) => [error.name, error] as const))('has a sentence for %s, with no argument that the error has not', (name, { inputs }) => {
    const text = messages[`errors.${name}`]
    expect(text).toBeDefined()
    const known = inputs.map((input: { readonly name: string }) => input.name)
    for (const argument of argumentsOf(text ?? '')) expect(known).toContain(argument)
  })

  it('has no sentence for an error that no contract has', () => {
    const own = ['Error', 'Panic', 'Unknown', 'Silent', 'OutOfGas', 'units']
    const names = new Set([...Object.values(customErrors).map(({ name }) => name as string), ...own])
    const stray = Object.keys(messages).filter((id) => !id.startsWith('errors.wallet.') && !names.has(id.replace('errors.', '')))
    expect(stray).toEqual([])
  })

  it('has words for every function that can be written', () => {
    const words = catalog('../../wallet', locale)
    const functions = Object.keys(abis).flatMap((contract) =>
      (abiOf(contract) ?? [])
        .filter((item): item is AbiFunction => item.type === 'function' && item.stateMutability === 'nonpayable')
        .map(({ name }) => `wallet.does.${contract}.${name}`),
    )
    expect(functions.filter((id) => words[id] === undefined)).toEqual([])
    expect(Object.keys(words).filter((id) => id.startsWith('wallet.does.') && !functions.includes(id))).toEqual([])
  })
})

describe('a revert', () => {
  it('by a custom error is decoded with its named arguments', () => {
    const abi = parseAbi(['error CapacityLease_EscrowBelowRunway(uint256 runway, uint256 escrow)'])
    const data = encodeErrorResult({ abi, args: [5n, 3n] })
    expect(refusalOf(data)).toEqual({
      by: 'chain',
      name: 'CapacityLease_EscrowBelowRunway',
      arguments: [
        { name: 'runway', value: 5n },
        { name: 'escrow', value: 3n },
      ],
    })
  })

  it('by require, by a panic, by an error nobody knows and by nothing is told apart', () => {
    expect(refusalOf(encodeErrorResult({ abi: parseAbi(['error Error(string reason)']), args: ['paused'] }))).toMatchObject({ name: 'Error', arguments: [{ value: 'paused' }] })
    expect(refusalOf(encodeErrorResult({ abi: parseAbi(['error Panic(uint256 code)']), args: [17n] }))).toMatchObject({ name: 'Panic', arguments: [{ value: 17n }] })
    expect(refusalOf('0xdeadbeef')).toMatchObject({ name: 'Unknown', arguments: [{ value: '0xdeadbeef' }] })
    expect(refusalOf('0x')).toMatchObject({ name: 'Silent' })
  })

  it('whose data is cut short is not decoded as more than its selector', () => {
    const selector = Object.entries(customErrors).find(([, { name }]) => name === 'CapacityLease_EscrowBelowRunway')?.[0]
    expect(refusalOf(`${selector}00` as `0x${string}`)).toMatchObject({ name: 'Unknown' })
  })

  it('is found wherever a node puts its data, and not where there was none', () => {
    expect(revertDataOf({ code: 3, message: 'execution reverted', data: '0xdeadbeef' })).toBe('0xdeadbeef')
    expect(revertDataOf({ cause: { code: -32000, message: 'x', data: { data: '0xdeadbeef' } } })).toBe('0xdeadbeef')
    expect(revertDataOf({ code: -32603, data: { originalError: {}, message: 'execution reverted' } })).toBe('0x')
    expect(revertDataOf(new Error('fetch failed'))).toBeNull()
    expect(revertDataOf(null)).toBeNull()
  })
})

describe('a refusal as a sentence', () => {
  const said: { id: string; values: unknown }[] = []
  const t = (id: string, values: unknown): string => {
    said.push({ id, values })
    return id
  }
  const values = (name: string, args: readonly (readonly [string, bigint | string])[], money: Currency | null, moved: Currency | null = null): unknown => {
    sayRefusal({ by: 'chain', name, arguments: args.map(([each, value]) => ({ name: each, value })) }, { t, locale: 'en', timeZone: 'UTC', currencies: { money, moved } })
    return said.at(-1)
  }

  it('writes amounts in the currency of the write, and in smallest units where it is not known', () => {
    const args = [['runway', 1_500_000n], ['escrow', 20n]] as const
    expect(values('CapacityLease_EscrowBelowRunway', args, { symbol: 'USDC', decimals: 6 })).toMatchObject({ values: { runway: '1.50 USDC', escrow: '0.00002 USDC' } })
    values('CapacityLease_EscrowBelowRunway', args, null)
    expect(said.slice(-3).map(({ id }) => id)).toEqual(['errors.units', 'errors.units', 'errors.CapacityLease_EscrowBelowRunway'])
  })

  it('writes what a token says in the token that the write moves, never in the payment token for want of another', () => {
    const usd = { symbol: 'USDC', decimals: 6 }
    const share = { symbol: 'WH1-S', decimals: 18 }
    const args = [['sender', ADDRESS], ['balance', 1_500_000n], ['needed', 2_000_000n]] as const
    expect(values('ERC20InsufficientBalance', args, usd, share)).toMatchObject({ values: { balance: '0.0000000000015 WH1-S' } })
    expect(values('ERC20InsufficientBalance', args, usd)).toMatchObject({ values: { balance: 'errors.units', needed: 'errors.units' } })
    expect(values('ERC20InsufficientAllowance', [['allowance', 1n], ['needed', 2n]], usd)).toMatchObject({ values: { allowance: 'errors.units' } })
    expect(values('PrimarySale_WrongAmountReceived', [['expected', 1n], ['received', 2n]], usd)).toMatchObject({ values: { expected: 'errors.units', received: 'errors.units' } })
    expect(values('CapacityLease_WrongAmountReceived', [['expected', 1_500_000n], ['received', 2n]], usd, share)).toMatchObject({ values: { expected: '1.50 USDC' } })
    expect(values('InsufficientBalance', [['balance', 1n], ['needed', 2n]], usd, share)).toMatchObject({ values: { balance: '1', needed: '2' } })
  })

  it('closes off strangers’ text that runs from right to left', () => {
    expect(values('Error', [['reason', '\u05d0 1']], null)).toMatchObject({ values: { reason: '\u2068\u05d0 1\u2069' } })
    const symbol = { symbol: '\u05d0', decimals: 6 }
    expect(values('CapacityLease_EscrowBelowRunway', [['runway', 1_500_000n]], symbol)).toMatchObject({ values: { runway: '1.50 \u2068\u05d0\u2069' } })
  })

  it('writes times, lengths of time, shares, ids, addresses and strangers’ text as what they are', () => {
    expect(values('PrimarySale_Ended', [['end', 1_800_000_000n], ['time', 0n]], null)).toMatchObject({ values: { end: '15 Jan 2027, 08:00 UTC' } })
    expect(values('CapacityLease_OffGrid', [['epochLength', 3_600n]], null)).toMatchObject({ values: { epochLength: '1 hour' } })
    expect(values('FleetRegistry_BadBps', [['bps', 10_100n]], null)).toMatchObject({ values: { bps: '101%' } })
    expect(values('CapacityLease_UnknownLease', [['leaseId', 12_345n]], null)).toMatchObject({ values: { leaseId: '12345' } })
    expect(values('FleetShare_NothingToClaim', [['holder', ADDRESS]], null)).toMatchObject({ values: { holder: '0xCf7Ed3…fB0Fc9' } })
    expect(values('Error', [['reason', 'a\u202eb']], null)).toMatchObject({ values: { reason: 'a⟨U+202E⟩b' } })
  })
})
