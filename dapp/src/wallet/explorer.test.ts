import { expect, test } from 'vitest'
import { addressLink, transactionLink } from './explorer'

const HASH = `0x${'ab'.repeat(32)}`
const ADDRESS = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'

test('a transaction and an address have their pages at the explorer of the configuration', () => {
  expect(transactionLink('https://explorer.example', HASH)).toBe(`https://explorer.example/tx/${HASH}`)
  expect(addressLink('https://explorer.example/base', ADDRESS)).toBe(`https://explorer.example/base/address/${ADDRESS}`)
})

test('without an explorer there is no link', () => {
  expect([transactionLink(null, HASH), addressLink(null, ADDRESS)]).toEqual([null, null])
})
