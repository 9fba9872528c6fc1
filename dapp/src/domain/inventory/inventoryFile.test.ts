import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inventoryTree } from '../../chain/proof/inventory'
import { MAX_BOARDS, MAX_UUID, readInventory } from './inventoryFile'

const ROOT = join(import.meta.dirname, '../../../..')
const uuids = fc.uniqueArray(
  fc.uuid().map((text) => `GPU-${text}`),
  { minLength: 1, maxLength: 40 },
)

const anyText = fc.string({ unit: 'binary', maxLength: 20 })

function faultOf(text: string): unknown {
  const read = readInventory(text)
  return read.ok ? null : read.error
}

describe('an inventory file', () => {
  it('names the same GPUs in every form that an operator has them in', () => {
    fc.assert(
      fc.property(uuids, fc.constantFrom('\n', '\r\n', '\r'), fc.boolean(), (list, end, mark) => {
        const begin = mark ? '\uFEFF' : ''
        const forms = [
          JSON.stringify(list),
          JSON.stringify(list, null, 2),
          JSON.stringify(list.map((uuid, place) => ({ serial: `${place}`, uuid }))),
          list.join(end),
          `${end}  ${list.join(`  ${end}${end}\t`)}${end}`,
        ]
        for (const form of forms) expect(readInventory(begin + form)).toEqual({ ok: true, value: list })
      }),
    )
  })

  it('is read as the examples are, and what is read makes a tree', () => {
    for (const name of ['telemetry/h100-inventory.json', 'telemetry/a100-inventory.json', 'inventories/newcomers.json']) {
      const read = readInventory(readFileSync(join(ROOT, 'examples', name), 'utf8'))
      expect(read.ok && inventoryTree(read.value).ok).toBe(true)
    }
  })

  it('is never taken where no tree can be made of it', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.json({ maxDepth: 2 }), fc.array(anyText, { maxLength: 5 }).map((list) => JSON.stringify(list))), (text) => {
        const read = readInventory(text)
        if (read.ok) expect(inventoryTree(read.value).ok).toBe(true)
      }),
    )
  })

  it('is refused with the line of a GPU that is named twice', () => {
    fc.assert(
      fc.property(uuids, fc.nat(), (list, at) => {
        const first = at % list.length
        const twice = [...list, list[first] ?? '']
        const fault = { code: 'duplicate', second: list.length + 1, first: first + 1, text: list[first] }
        expect(faultOf(twice.join('\n'))).toEqual(fault)
        const [one, other] = [fault.first + 1, fault.second + 1]
        expect(faultOf(JSON.stringify(twice, null, 1))).toEqual({ ...fault, first: one, second: other })
      }),
    )
  })

  it.each([
    ['', { code: 'empty' }],
    ['\n \n', { code: 'empty' }],
    ['[]', { code: 'empty' }],
    ['GPU-1\0', { code: 'notText' }],
    ['{"uuid": "GPU-1"}', { code: 'notAList' }],
    ['[\n "GPU-1",\n 7]', { code: 'noUuid', line: 3 }],
    ['[{"uuid": "GPU-1"},\n\n {"UUID": "GPU-2"}]', { code: 'noUuid', line: 3 }],
    ['["a [,\\" b", ["x"],\n null]', { code: 'noUuid', line: 1 }],
    ['["a \\" , [b",\n "c",\n null]', { code: 'noUuid', line: 3 }],
    ['["GPU-1",\n""]', { code: 'blank', line: 2 }],
    ['["GPU-1 "]', { code: 'strange', line: 1, text: 'GPU-1 ' }],
    ['["GPU-\u202e1"]', { code: 'strange', line: 1, text: 'GPU-\u202e1' }],
    ['GPU-1\nGPU 0: NVIDIA H100 (UUID: GPU-2)', { code: 'strange', line: 2, text: 'GPU 0: NVIDIA H100 (UUID: GPU-2)' }],
    ['uuid,serial\nGPU-1,7', { code: 'strange', line: 1, text: 'uuid,serial' }],
    [`GPU-1\n${'x'.repeat(MAX_UUID + 1)}`, { code: 'tooLong', line: 2, length: MAX_UUID + 1 }],
  ])('%j is refused by name', (text, fault) => {
    expect(faultOf(text)).toEqual(fault)
  })

  it('says at which line its JSON breaks off', () => {
    expect(faultOf('["GPU-1",\n "GPU-2"\n "GPU-3"]')).toEqual({ code: 'notJson', line: 3 })
    expect(faultOf('["GPU-1",\n "GPU-2"')).toEqual({ code: 'notJson', line: 2 })
  })

  it('holds as many GPUs as a node reads, and not one more', () => {
    const many = Array.from({ length: MAX_BOARDS }, (_, place) => `GPU-${place}`)
    expect(readInventory(many.join('\n')).ok).toBe(true)
    expect(faultOf([...many, 'GPU-x'].join('\n'))).toEqual({ code: 'tooMany', count: MAX_BOARDS + 1 })
  })
})
