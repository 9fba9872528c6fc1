import { BaseError, ContractFunctionRevertedError, encodeErrorResult, parseAbi } from 'viem'
import { expect, test } from 'vitest'
import { chainFault } from './fault'

const abi = parseAbi(['error Error(string)'])

/** What a page says where a contract reverts with a text. */
function refused(reason: string): unknown {
  const data = encodeErrorResult({ abi, args: [reason] })
  return chainFault(new ContractFunctionRevertedError({ abi: [], functionName: 'f', data }))
}

test('text from outside shows what cannot be seen, is closed off where it runs from right to left, and is cut', () => {
  expect(refused('a\u202eb')).toEqual({ code: 'chain.refused', args: { error: 'a⟨U+202E⟩b' } })
  expect(refused('\u05d0 1')).toEqual({ code: 'chain.refused', args: { error: '\u2068\u05d0 1\u2069' } })
  expect(refused('x'.repeat(5_000))).toEqual({ code: 'chain.refused', args: { error: `${'x'.repeat(200)}…` } })
})

test.each([(text: string) => new Error(text), (text: string) => new BaseError(text), (text: string) => text])('so does what an RPC says (%#)', (error) => {
  expect(chainFault(error('\u05d0\u202e\n1'))).toEqual({ code: 'chain.failed', args: { message: '\u2068\u05d0⟨U+202E⟩ 1\u2069' } })
  expect(chainFault(error('x'.repeat(5_000)))).toEqual({ code: 'chain.failed', args: { message: `${'x'.repeat(200)}…` } })
})
