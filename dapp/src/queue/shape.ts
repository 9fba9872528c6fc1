import * as z from 'zod/mini'

import type { Argument, Entry, Hash, Status, Step, Value } from './entry'
import { isHash } from './hash'

/** Characters of one stored entry at most: fifty of them fit the 5 MB a browser gives a site. */
export const MOST_CHARACTERS_EACH = 65_536

const INTEGER = /^(0|-?[1-9]\d{0,77})$/ // 78 digits hold any uint256

const bigint = z.pipe(
  z.strictObject({ int: z.string().check(z.regex(INTEGER)) }),
  z.transform(({ int }) => BigInt(int)),
)
const natural = bigint.check(z.refine((value) => value >= 0n))
const count = z.int().check(z.nonnegative())
const positive = z.int().check(z.positive())
const hash = z.custom<Hash>(isHash)
const name = z.string().check(z.maxLength(8_192))
const id = z.string().check(z.minLength(1), z.maxLength(8_192))
const nonce = z.nullable(count)
const address = z.string().check(z.regex(/^0x[0-9a-fA-F]{40}$/))

const value: z.ZodMiniType<Value> = z.lazy(() =>
  z.union([z.string(), z.boolean(), bigint, z.array(value), z.strictObject({ fields: z.array(argument) })]),
)
const argument: z.ZodMiniType<Argument> = z.strictObject({ name, value })
const call = z.strictObject({ contract: address, name, function: name, arguments: z.array(argument), value: natural })
const refusal = z.strictObject({ by: z.enum(['chain', 'wallet', 'app']), name, arguments: z.array(argument) })
const inclusion = z.strictObject({ block: z.strictObject({ number: natural, hash }), confirmations: positive })

const status: z.ZodMiniType<Status> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('drafted') }),
  z.strictObject({ kind: z.literal('simulating') }),
  z.strictObject({ kind: z.literal('refused'), refusal }),
  z.strictObject({ kind: z.literal('signing'), since: count, silent: z.boolean(), moved: z.boolean(), unheard: z.boolean() }),
  z.strictObject({ kind: z.literal('rejected') }),
  z.strictObject({ kind: z.literal('bundled'), bundleId: id, since: count }),
  z.strictObject({ kind: z.literal('pending'), hash, nonce, since: count, takenBack: z.boolean() }),
  z.strictObject({
    kind: z.literal('replaced'),
    hash,
    nonce,
    by: hash,
    how: z.enum(['repriced', 'cancelled', 'other']),
    since: count,
    mined: z.nullable(inclusion),
  }),
  z.strictObject({ kind: z.literal('dropped'), hash, nonce, since: count }),
  z.strictObject({ kind: z.enum(['confirmed', 'final', 'reverted']), hash, nonce, mined: inclusion }),
])

const step: z.ZodMiniType<Step> = z
  .strictObject({ calls: z.array(call).check(z.minLength(1)), status, hashes: z.array(hash) })
  .check(z.refine(({ hashes, status }) => ('hash' in status ? hashes.includes(status.hash) : hashes.length === 0)))

/** An entry as JSON holds it (see `encoded`), back to an entry. */
export const entryShape: z.ZodMiniType<Entry> = z
  .strictObject({
    id,
    chainId: positive,
    account: address,
    intent: name,
    needed: positive,
    draftedAt: count,
    steps: z.array(step).check(z.minLength(1)),
  })
  .check(z.refine((entry) => entry.steps.every((each) => depthFits(each.status, entry.needed))))

/** JSON text in which every bigint is an object `{"int": "<decimal digits>"}`, so that none passes for a text. */
export function encoded(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? { int: part.toString() } : part))
}

/** Whether storage could give this entry back as it is. What the queue holds always can be. */
export function isStorable(entry: Entry): boolean {
  try {
    const text = encoded(entry)
    return text.length <= MOST_CHARACTERS_EACH && entryShape.safeParse(JSON.parse(text)).success
  } catch {
    return false // nested deeper than the stack
  }
}

function depthFits(status: Status, needed: number): boolean {
  if (!('mined' in status) || status.mined === null) return true
  const { confirmations } = status.mined
  if (status.kind === 'confirmed') return confirmations < needed
  if (status.kind === 'final') return confirmations === needed
  return confirmations <= needed && !(status.kind === 'replaced' && status.how === 'repriced')
}
