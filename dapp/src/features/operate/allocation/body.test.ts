import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { inventoryTree } from '../../../chain/proof/inventory'
import { bodyOf, bodyText } from './body'
import { checkBody, type BodyContext } from './checkBody'
import { madeBody, readBody } from './madeBody'

const digits = z.string().transform(BigInt)
const cases = z
  .array(z.object({ fleet: digits, lease: digits, version: digits, uuids: z.array(z.string()), places: z.array(z.number()), body: z.string(), hash: z.string() }))
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, '../../../../fixtures/proof/allocations.json'), 'utf8')))

const LIST = ['GPU-a', 'GPU-b', 'GPU-c', 'GPU-d', 'GPU-e']
const TREE = treeOf(LIST)
const ABOUT: BodyContext = { fleet: 7n, lease: 9n, units: 3n, versions: [{ version: 2n, root: TREE.root }, { version: 1n, root: `0x${'1'.repeat(64)}` }] }
const GOOD = bodyOf({ fleet: 7n, lease: 9n, version: 2n }, LIST, TREE, [0, 3])

function treeOf(uuids: readonly string[]) {
  const made = inventoryTree(uuids)
  if (!made.ok) throw new Error(made.fault.code)
  return made.tree
}

function check(text: string, about: BodyContext = ABOUT): unknown {
  return checkBody(new TextEncoder().encode(text), about)
}

describe('an allocation body', () => {
  it.each(cases)('of lease $lease has the bytes and the hash that the stage gives it', async ({ body, hash, uuids, places, ...about }) => {
    const made = await madeBody(bodyOf(about, uuids, treeOf(uuids), places), new AbortController().signal)
    expect(made.text).toBe(body)
    expect(made.hash).toBe(hash)
  })

  it('that was made here is one that a node takes, and says which GPUs', () => {
    fc.assert(
      fc.property(fc.subarray([0, 1, 2, 3, 4], { minLength: 1, maxLength: 3 }), (places) => {
        const text = bodyText(bodyOf({ fleet: 7n, lease: 9n, version: 2n }, LIST, TREE, places))
        expect(check(text)).toEqual({ ok: true, version: 2n, gpus: places.length })
        expect(JSON.parse(text).gpus.map(({ uuid }: { uuid: string }) => uuid)).toEqual(places.map((place) => LIST[place]))
      }),
    )
  })

  it('from a file keeps its own bytes: another layout has another hash', async () => {
    const { signal } = new AbortController()
    const [one, other] = [bodyText(GOOD), JSON.stringify(JSON.parse(bodyText(GOOD)))]
    const [first, second] = [await readBody(new Blob([one]), ABOUT, signal), await readBody(new Blob([other]), ABOUT, signal)]
    expect(first.ok && second.ok && first.body.hash !== second.body.hash).toBe(true)
    expect(first.ok && first.body.hash).toBe((await madeBody(GOOD, signal)).hash)
  })

  it('is void for each thing that a node finds wrong', () => {
    const said = JSON.parse(bodyText(GOOD))
    const [gpu, next] = said.gpus
    const codes = [
      { ...said, fleet: 8 },
      { ...said, lease: 8 },
      { ...said, version: 3 },
      { ...said, version: 1 },
      { ...said, more: 1 },
      { ...said, lease: '9' },
      { ...said, gpus: [gpu, gpu] },
      { ...said, gpus: [gpu, { ...next, uuid: 'GPU-z' }] },
      { ...said, gpus: [{ ...gpu, proof: gpu.proof.slice(1) }] },
      { ...said, gpus: [{ ...gpu, serial: '1' }] },
      { ...said, gpus: [{ ...gpu, proof: ['0x12'] }] },
    ].map((body) => faultOf(check(JSON.stringify(body))))
    expect(codes).toEqual(['otherLease', 'otherLease', 'noVersion', 'unproven', 'shape', 'shape', 'twice', 'unproven', 'unproven', 'shape', 'shape'])
    expect(faultOf(check(bodyText(GOOD), { ...ABOUT, units: 1n }))).toBe('tooMany')
    expect(faultOf(check(`\uFEFF${bodyText(GOOD)}`))).toBe('notJson')
    expect(faultOf(check('[]'))).toBe('shape')
  })
})

function faultOf(checked: unknown): unknown {
  return z.object({ fault: z.object({ code: z.string() }) }).parse(checked).fault.code
}
