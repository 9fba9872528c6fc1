import fc from 'fast-check'
import { expect, test } from 'vitest'
import { connectSources } from './csp'
import { CONTRACT_NAMES, isPlainUrl, parseConfig } from './schema'

const contracts = Object.fromEntries(
  CONTRACT_NAMES.map((name, index) => [name, { address: `0x${String(index + 1).padStart(40, '0')}`, codeHash: `0x${'ab'.repeat(32)}` }]),
)
const good = {
  chain: { id: 31337, name: 'Anvil', rpcs: ['http://127.0.0.1:8545/', 'https://rpc.example/v2/key'], explorer: 'https://scan.example/', confirmations: 2 },
  contracts,
  deployedAt: 1,
  nodes: ['http://localhost:9000', 'https://node.example'],
  indexer: 'http://127.0.0.1:42069',
  documents: ['https://papers.example/fleets/'],
}

/** The configuration with one field, by its path, made into another value. */
function bent(path: string, value: unknown): unknown {
  const copy: unknown = structuredClone(good)
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  const object = keys.reduce<unknown>((each, key) => (typeof each === 'object' && each !== null ? Reflect.get(each, key) : undefined), copy)
  if (typeof object !== 'object' || object === null) throw new Error(`no ${path}`)
  if (value === undefined) Reflect.deleteProperty(object, last)
  else Reflect.set(object, last, value)
  return copy
}

test('a good configuration is taken, its URLs without a slash at the end', () => {
  const parsed = parseConfig(good)
  expect(parsed).toMatchObject({
    ok: true,
    value: { chain: { rpcs: ['http://127.0.0.1:8545', 'https://rpc.example/v2/key'], explorer: 'https://scan.example' }, deployedAt: 1n },
  })
  expect(parseConfig(bent('indexer', null))).toMatchObject({ ok: true, value: { indexer: null } })
  expect(parseConfig(bent('nodes', []))).toMatchObject({ ok: true })
  expect(parseConfig(bent('documents', undefined))).toMatchObject({ ok: true, value: { documents: [] } })
})

test('the page may connect to itself and to each configured origin, and to no explorer', () => {
  const parsed = parseConfig(good)
  if (!parsed.ok) throw new Error(parsed.error.code)
  expect(connectSources(parsed.value)).toEqual([
    "'self'",
    'http://127.0.0.1:8545',
    'https://rpc.example',
    'http://localhost:9000',
    'https://node.example',
    'http://127.0.0.1:42069',
    'https://papers.example',
  ])
})

test.each<[string, unknown, string]>([
  ['chain.id', '31337', 'config.badField'],
  ['chain.id', 0, 'config.badField'],
  ['chain.id', 1.5, 'config.badField'],
  ['chain.id', undefined, 'config.missingField'],
  ['chain', undefined, 'config.missingField'],
  ['chain.name', '', 'config.badField'],
  ['chain.rpcs', [], 'config.badField'],
  ['chain.rpcs', 'https://rpc.example', 'config.badField'],
  ['chain.rpcs.0', 'ftp://rpc.example', 'config.badUrl'],
  ['chain.rpcs.0', 'http://rpc.example', 'config.badUrl'],
  ['chain.rpcs.0', "https://rpc.example; script-src 'unsafe-inline'", 'config.badUrl'],
  ['chain.rpcs.0', 'https://rpc.example,https://other.example', 'config.badUrl'],
  ['chain.rpcs.0', 'https://*.example', 'config.badUrl'],
  ['chain.rpcs.0', 'https://user:secret@rpc.example', 'config.badUrl'],
  ['chain.rpcs.0', 'javascript:alert(1)', 'config.badUrl'],
  ['chain.explorer', 'javascript:alert(1)//', 'config.badUrl'],
  ['nodes.1', '//node.example', 'config.badUrl'],
  ['nodes', Array.from({ length: 17 }, (_, index) => `https://${index}.example`), 'config.badField'],
  ['indexer', 'https://', 'config.badUrl'],
  ['documents.0', 'ftp://papers.example', 'config.badUrl'],
  ['indexer', undefined, 'config.missingField'],
  ['chain.confirmations', 0, 'config.badField'],
  ['deployedAt', -1, 'config.badField'],
  ['contracts.NodeSet', undefined, 'config.missingField'],
  ['contracts.NodeSet.address', '0x12', 'config.badAddress'],
  ['contracts.NodeSet.address', 7, 'config.badAddress'],
  ['contracts.NodeSet.codeHash', `0x${'AB'.repeat(32)}`, 'config.badHash'],
])('%s of %j is refused by name', (field, value, code) => {
  expect(parseConfig(bent(field, value))).toEqual({ ok: false, error: { code, args: { field } } })
})

test('a field that nothing reads is named, and so are two contracts at one address', () => {
  expect(parseConfig(bent('chain.rpc', 'https://rpc.example'))).toEqual({ ok: false, error: { code: 'config.unknownField', args: { field: 'chain.rpc' } } })
  const other = contracts['FleetRegistry']?.address
  const args = { field: 'contracts.PrimarySale.address', other: 'contracts.FleetRegistry.address' }
  expect(parseConfig(bent('contracts.PrimarySale.address', other))).toEqual({ ok: false, error: { code: 'config.sameAddress', args } })
})

test('no JSON makes it throw', () => {
  fc.assert(fc.property(fc.jsonValue(), (json) => !parseConfig(json).ok))
})

test('no URL that is taken says more to a policy than one origin', () => {
  const text = fc.string({ unit: fc.constantFrom(...'htps:/.*;, \'"-aé@[]127\t') })
  fc.assert(
    fc.property(fc.oneof(text, text.map((rest) => `https://a${rest}`)), (url) => {
      fc.pre(isPlainUrl(url))
      expect(new URL(url).origin).toMatch(/^https?:\/\/[a-z0-9.[\]:-]+$/)
    }),
  )
})
