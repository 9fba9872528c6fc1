import { describe, expect, test } from 'vitest'
import type { ChainEvent } from '../../../chain/history/events'
import { inventoryTree } from '../../../chain/proof/inventory'
import { documentsOf, inventoriesOf } from '../../../domain/documents'
import { readText } from '../../../format/readText'
import { checkInventory } from './checkInventory'
import { whereaboutsOf } from './whereabouts'

const PLACE = { address: '0x00000000000000000000000000000000000000aa', tx: `0x${'2'.repeat(64)}`, logIndex: 0 } as const
const HASH = `0x${'3'.repeat(64)}` as const

function documentSet(block: bigint, name: string, uri: string): ChainEvent {
  return { contract: 'FleetRegistry', name: 'DocumentSet', ...PLACE, block, time: block, args: { fleetId: 1n, name, uri, hash: HASH } }
}

function published(version: bigint, root: `0x${string}`, count: bigint): ChainEvent {
  return { contract: 'FleetRegistry', name: 'InventoryPublished', ...PLACE, block: version, time: version, args: { fleetId: 1n, version, root, count } }
}

test('of documents with one name the newest counts, and says how many it replaces', () => {
  const events = [documentSet(1n, 'lease', 'a'), documentSet(2n, 'site', 'b'), documentSet(3n, 'lease', 'c'), documentSet(4n, 'lease', 'd')]
  expect(documentsOf(events).map(({ name, uri, replaced, time }) => [name, uri, replaced, time])).toEqual([
    ['lease', 'd', 2, 4n],
    ['site', 'b', 0, 2n],
  ])
})

describe('where a document is', () => {
  const origins = ['https://nodes.example', 'http://127.0.0.1:9000']

  test('an origin the page may connect to can be fetched from, any other is a link', () => {
    expect(whereaboutsOf('http://127.0.0.1:9000/documents/a.pdf', origins)).toEqual({ kind: 'here', url: 'http://127.0.0.1:9000/documents/a.pdf' })
    expect(whereaboutsOf('https://operator.example/a.pdf', origins)).toEqual({ kind: 'elsewhere', url: 'https://operator.example/a.pdf' })
    expect(whereaboutsOf('https://nodes.example.evil.test/a', origins).kind).toBe('elsewhere')
    expect(whereaboutsOf('https://nodes.example:8443/a', origins).kind).toBe('elsewhere')
  })

  test.each(['javascript:alert(1)', 'data:text/html,hi', 'ipfs://bafy', 'inventory.json', '//nodes.example/a', 'https://', ' https://x.test', 'https://me:secret@x.test/', `https://x.test/${'a'.repeat(3000)}`, ''])(
    '%s leads nowhere',
    (uri) => expect(whereaboutsOf(uri, origins)).toEqual({ kind: 'nowhere' }),
  )
})

describe('a list of GPUs', () => {
  const uuids = ['GPU-a', 'GPU-b', 'GPU-c']

  const tree = inventoryTree(uuids)
  const old = inventoryTree(['GPU-a'])
  if (!tree.ok || !old.ok) throw new Error('no tree')
  const versions = inventoriesOf([published(1n, old.tree.root, 1n), published(2n, tree.tree.root, 3n)])

  test('is the newest version, whatever the order of the list', async () => {
    expect(versions.map(({ version }) => version)).toEqual([2n, 1n])
    expect(await checkInventory('GPU-c\nGPU-a\nGPU-b', versions)).toMatchObject({ kind: 'match', version: 2n, current: true, count: 3 })
  })

  test('an older version is told as such, and any other list as none', async () => {
    expect(await checkInventory('GPU-a', versions)).toMatchObject({ kind: 'match', version: 1n, current: false })
    expect(await checkInventory('GPU-a\nGPU-b', versions)).toMatchObject({ kind: 'differs', count: 2 })
  })

  test('a root that stands with another count is no match', async () => {
    expect(await checkInventory('GPU-a', inventoriesOf([published(1n, old.tree.root, 2n)]))).toMatchObject({ kind: 'differs' })
  })

  test('a file that names no list of GPUs is refused with the line', async () => {
    expect(await checkInventory('{', versions)).toMatchObject({ kind: 'badFile', fault: { code: 'notJson' } })
    expect(await checkInventory('GPU-a\nGPU-a', versions)).toMatchObject({ kind: 'badFile', fault: { code: 'duplicate', first: 1, second: 2 } })
    expect(await checkInventory('uuid,serial\nGPU-a,7', versions)).toMatchObject({ kind: 'badFile', fault: { code: 'strange', line: 1 } })
    expect(await checkInventory('\n', versions)).toMatchObject({ kind: 'badFile', fault: { code: 'empty' } })
  })
})

test('no more of a file is read than is taken', async () => {
  const { signal } = new AbortController()
  expect(await readText(new Blob(['é'.repeat(10)]), 20, signal)).toBe('é'.repeat(10))
  expect(await readText(new Blob(['é'.repeat(10)]), 19, signal)).toBeNull()
})
