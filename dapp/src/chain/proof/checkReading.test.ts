import fc from 'fast-check'
import type { Hex } from 'viem'
import { expect, test, vi } from 'vitest'
import { bytesOf, hexOf } from './bytes'
import type { ChainFacts, Standing } from './chainFacts'
import type { Asked, Checked } from './checkReading'
import { checkReading } from './checkReading'
import { meterLeaf } from './merkle'
import { flagNames, trustLevel, unpackReading } from './reading'
import type { SaidReading, SaidReport } from './said'
import type { StepName } from './steps'
import { STEP_NAMES } from './steps'
import { decodeSubmission } from './submission'
import type { Submission } from './submission'
import type { CheckVector } from './vectors'
import { checkVectors } from './vectors'

/** One whole check, honest until something in it is bent. */
interface Case {
  readonly asked: Asked
  readonly said: SaidReading
  readonly report: SaidReport
  readonly facts: ChainFacts & { readonly standing: Standing; readonly submission: Submission }
}

// Thousands of signatures are recovered here, and the machine may be busy with others.
vi.setConfig({ testTimeout: 30_000 })

const CASES = checkVectors().map(caseOf)
const MANY = CASES.filter(({ said }) => said.proof.length > 1)
const honest = fc.constantFrom(...CASES)

function caseOf(vector: CheckVector): Case {
  const { asked, said, report, domain, now, disputeWindow, standing, baseRoot, signersSet } = vector
  const submission = decodeSubmission(vector.input)
  if (submission === null) throw new Error('no submission')
  return { asked, said, report, facts: { domain, now, disputeWindow, standing, baseRoot, signersSet, submission } }
}

function check({ asked, said, report, facts }: Case): Promise<Checked> {
  return checkReading(asked, said, report, facts)
}

/** The names of the steps that failed, in order. */
async function failures(bent: Case): Promise<StepName[]> {
  const { steps } = await check(bent)
  return steps.filter((step) => step.state === 'failed').map((step) => step.name)
}

function withReading(whole: Case, word: bigint): Case {
  const reading = unpackReading(word)
  const meter = {
    ...whole.said.meter,
    reading: String(word),
    measured_unit_s: Number(reading.measured),
    delivered_unit_s: Number(reading.delivered),
    utilised_unit_s: Number(reading.utilised),
    breached_unit_s: Number(reading.breached),
    energy_wh: Number(reading.energyWh),
    trust_level: trustLevel(reading),
    flags: flagNames(reading),
  }
  return { ...whole, said: { ...whole.said, meter, leaf: hexOf(meterLeaf(whole.asked.meterId, word)) } }
}

function withFacts(whole: Case, facts: Partial<Case['facts']>): Case {
  return { ...whole, facts: { ...whole.facts, ...facts } }
}

function withStanding(whole: Case, standing: Partial<Standing>): Case {
  return withFacts(whole, { standing: { ...whole.facts.standing, ...standing } })
}

function withSignatures(whole: Case, signatures: Hex): Case {
  return withFacts(whole, { submission: { ...whole.facts.submission, signatures } })
}

function flipped(hex: string, bit: number): Hex {
  const bytes = bytesOf(hex) ?? new Uint8Array()
  const at = (bit >> 3) % bytes.length
  bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7))
  return hexOf(bytes)
}

test('what an honest API says of a reading holds at every step, in the order of the names', async () => {
  for (const whole of CASES) {
    const { verdict, firstFailure, steps } = await check(whole)
    expect(steps.filter((step) => step.state !== 'ok')).toEqual([])
    expect({ verdict, firstFailure }).toEqual({ verdict: 'ok', firstFailure: null })
    expect(steps.filter((step) => step.name === 'signature.signer').map((step) => step.node)).toEqual(whole.report.signers)
    const ranks = steps.map((step) => STEP_NAMES.indexOf(step.name))
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b))
  }
})

test('every step is reached by some case, except that of a submission not to be had', async () => {
  const reached = new Set((await Promise.all(CASES.map(check))).flatMap(({ steps }) => steps.map((step) => step.name)))
  expect(STEP_NAMES.filter((name) => !reached.has(name))).toEqual(['submission.found'])
})

test('a reading that is another, with all its parts in keeping, fails at the proof and nowhere else', async () => {
  await fc.assert(
    fc.asyncProperty(honest, fc.nat(255), async (whole, bit) => {
      const bent = withReading(whole, BigInt(whole.said.meter.reading) ^ (1n << BigInt(bit)))
      expect(await failures(bent)).toEqual(['proof.root'])
    }),
  )
})

test('a word that is another than its parts say fails at the part, before the proof', async () => {
  await fc.assert(
    fc.asyncProperty(honest, fc.nat(255), async (whole, bit) => {
      const reading = String(BigInt(whole.said.meter.reading) ^ (1n << BigInt(bit)))
      const bent = { ...whole, said: { ...whole.said, meter: { ...whole.said.meter, reading } } }
      expect(await failures(bent)).toEqual([partOf(bit), 'reading.leaf', 'proof.root'])
    }),
  )
})

test.each<[string, Partial<SaidReading['meter']>, StepName]>([
  ['measured', { measured_unit_s: 1.5 }, 'reading.measured'],
  ['delivered', { delivered_unit_s: -1 }, 'reading.delivered'],
  ['utilised', { utilised_unit_s: Number.NaN }, 'reading.utilised'],
  ['breached', { breached_unit_s: 2 ** 53 }, 'reading.breached'],
  ['energy', { energy_wh: 0.1 }, 'reading.energyWh'],
  ['trust level', { trust_level: 7 }, 'reading.trustLevel'],
  ['flags', { flags: ['all is well'] }, 'reading.flags'],
  ['kind', { kind: 'other' }, 'meter.kind'],
  ['number', { number: '999' }, 'meter.number'],
  ['meter id', { meter_id: '1' }, 'asked.meter'],
])('a lie about the %s alone fails there alone', async (_, lie, name) => {
  for (const whole of CASES) {
    expect(await failures({ ...whole, said: { ...whole.said, meter: { ...whole.said.meter, ...lie } } })).toEqual([name])
  }
})

test('flags run together, one more or one fewer are not the same flags', async () => {
  const whole = CASES.find(({ said }) => said.meter.flags.length > 1)
  if (whole === undefined) throw new Error('no case with two flags')
  const honestFlags = whole.said.meter.flags
  for (const flags of [[honestFlags.join(' ')], [...honestFlags, 'attested'], honestFlags.slice(1), honestFlags.slice(0, -1)]) {
    const bent = { ...whole, said: { ...whole.said, meter: { ...whole.said.meter, flags } } }
    expect(await failures(bent)).toEqual(['reading.flags'])
  }
})

test('one flipped bit of the proof fails at the proof', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...MANY), fc.nat(), fc.nat(255), async (whole, which, bit) => {
      const at = which % whole.said.proof.length
      const proof = whole.said.proof.map((node, index) => (index === at ? flipped(node, bit) : node))
      expect(await failures({ ...whole, said: { ...whole.said, proof } })).toEqual(['proof.root'])
    }),
  )
})

test('one flipped bit of the root said fails at the root, in the reading and in the report', async () => {
  await fc.assert(
    fc.asyncProperty(honest, fc.nat(255), async (whole, bit) => {
      const root = flipped(whole.said.root, bit)
      expect(await failures({ ...whole, said: { ...whole.said, root } })).toEqual(['report.root'])
      expect(await failures({ ...whole, report: { ...whole.report, root } })).toEqual(['details.root'])
    }),
  )
})

test('a chain whose root is not the one that was sent and signed fails at each comparison with it', async () => {
  await fc.assert(
    fc.asyncProperty(honest, fc.nat(255), async (whole, bit) => {
      const bent = withStanding(whole, { root: flipped(whole.facts.standing.root, bit) })
      expect(await failures(bent)).toEqual(['report.root', 'proof.root', 'details.root', 'submission.root'])
    }),
  )
})

test('one flipped bit of the signatures fails at that signature', async () => {
  await fc.assert(
    fc.asyncProperty(honest, fc.nat(5 * 65 * 8 - 1), async (whole, bit) => {
      const { steps } = await check(withSignatures(whole, flipped(whole.facts.submission.signatures, bit)))
      const failed = steps.filter((step) => step.state === 'failed')
      const record = steps.filter((step) => step.name === 'signature.signer')[Math.floor(bit / 8 / 65)]
      expect(failed).toContain(record)
      expect(failed.map((step) => step.name)).toContain('signature.quorum')
    }),
  )
})

test('one flipped bit of what was signed leaves no signature standing', async () => {
  await fc.assert(
    fc.asyncProperty(honest, fc.nat(255), fc.constantFrom('configDigest', 'setHash', 'root'), async (whole, bit, field) => {
      const { submission } = whole.facts
      const report = { ...submission.report, [field]: flipped(submission.report[field], bit) }
      const failed = await failures(withFacts(whole, { submission: { ...submission, report } }))
      expect(failed.filter((name) => name === 'signature.signer')).toHaveLength(5)
      const named = { configDigest: 'keys.configDigest', setHash: 'details.setHash', root: 'submission.root' } as const
      if (field !== 'setHash' || whole.report.set_hash !== null) expect(failed[0]).toBe(named[field])
    }),
    { numRuns: 50 },
  )
})

test('one node twice is no quorum', async () => {
  for (const whole of CASES) {
    const { signatures } = whole.facts.submission
    const first = signatures.slice(2, 2 + 130)
    const failed = await failures(withSignatures(whole, `0x${first}${first}${signatures.slice(2 + 260)}`))
    expect(failed).toEqual(['signature.order', 'signature.quorum', 'signature.signers'])
  }
})

test('one signature too few or too many, or half of one, fails at the count', async () => {
  for (const whole of CASES) {
    const { signatures } = whole.facts.submission
    for (const bent of [signatures.slice(0, -130), `${signatures}${'00'.repeat(65)}`, signatures.slice(0, -2)]) {
      expect(await failures(withSignatures(whole, `0x${bent.slice(2)}`))).toEqual(['signature.count'])
    }
  }
})

test('a malformed signature of a node without a key is no match of nothing with nothing', async () => {
  const [whole] = CASES
  if (whole === undefined) throw new Error('no case')
  const { signatures } = whole.facts.submission
  const node = Number(`0x${signatures.slice(2, 4)}`)
  const start = 2 + 2 * (1 + 32 + 48 * node)
  const { code } = whole.facts.signersSet ?? { code: '0x' }
  const left: Hex = `0x${code.slice(2, start)}${'00'.repeat(48)}${code.slice(start + 96)}`
  const bent = withFacts(withSignatures(whole, `0x${signatures.slice(2, 4)}${'00'.repeat(64)}${signatures.slice(132)}`), {
    signersSet: { code: left, quorum: 5, nodes: 7 },
  })
  expect(await failures(bent)).toEqual(['signature.signer', 'signature.quorum', 'signature.signers'])
})

test('a node set without a quorum signs nothing', async () => {
  const [whole] = CASES
  if (whole === undefined) throw new Error('no case')
  const code: Hex = `0x00${whole.facts.submission.report.configDigest.slice(2)}`
  const none = withFacts(withSignatures(whole, '0x'), { signersSet: { code, quorum: 0, nodes: 0 } })
  expect(await failures(none)).toEqual(['signature.quorum', 'signature.signers'])
})

test('keys of another epoch, chain or contract recover others', async () => {
  for (const whole of CASES) {
    const elsewhere = withFacts(whole, { domain: { ...whole.facts.domain, chainId: 1 } })
    expect((await failures(elsewhere)).filter((name) => name === 'signature.signer')).toHaveLength(5)
  }
})

test.each<[string, Partial<SaidReport>, StepName]>([
  ['epoch', { epoch: 6 }, 'details.epoch'],
  ['base', { base_epoch: 3 }, 'details.baseEpoch'],
  ['leaf count', { leaf_count: 1_000_000 }, 'details.leafCount'],
  ['mining', { mined_at_unix_s: 0 }, 'details.minedAt'],
  ['end of dispute', { final_at_unix_s: 0 }, 'details.finalAt'],
  ['state', { state: 'settled' }, 'details.state'],
  ['signers', { signers: [0, 1, 2, 3, 4, 5, 6] }, 'details.signers'],
  ['set hash', { set_hash: `0x${'00'.repeat(32)}` }, 'details.setHash'],
])('a lie about the report: %s fails there alone', async (_, lie, name) => {
  for (const whole of CASES) expect(await failures({ ...whole, report: { ...whole.report, ...lie } })).toEqual([name])
})

test('a report that is not final yet is not taken for final; one that has become so since may be called standing', async () => {
  for (const whole of CASES) {
    const finalAt = whole.facts.standing.minedAt + whole.facts.disputeWindow
    const early = withFacts(whole, { now: finalAt - 1n })
    const lie = { ...early, said: { ...whole.said, state: 'final' }, report: { ...whole.report, state: 'final' } }
    expect(await failures(lie)).toEqual(['report.state', 'details.state'])
    const late = withFacts(whole, { now: finalAt })
    expect(await failures({ ...late, said: { ...whole.said, state: 'standing' } })).toEqual([])
  }
})

test('another epoch or another meter than was asked for is no answer', async () => {
  for (const whole of CASES) {
    const { epoch, meterId } = whole.asked
    expect((await check({ ...whole, asked: { meterId, epoch: epoch + 1n } })).firstFailure?.name).toBe('asked.epoch')
    const other = await failures({ ...whole, asked: { epoch, meterId: meterId ^ (1n << 88n) } })
    expect(other).toEqual(['asked.meter', 'reading.leaf', 'proof.root'])
  }
})

test('a report that does not stand on-chain proves nothing, whatever is said of it', async () => {
  for (const { asked, said, report, facts } of CASES) {
    const { firstFailure } = await checkReading(asked, said, report, { ...facts, standing: null })
    expect(firstFailure).toEqual({ name: 'report.standing', state: 'failed', expected: asked.epoch, actual: null })
  }
})

test('signatures that cannot be had are told as not checked, not as a lie', async () => {
  for (const { asked, said, report, facts } of CASES) {
    for (const gone of [{ submission: null }, { signersSet: null }]) {
      const { verdict, steps } = await checkReading(asked, said, report, { ...facts, ...gone })
      expect(verdict).toBe('incomplete')
      expect(steps.filter((step) => step.state !== 'ok')).toHaveLength(1)
    }
  }
})

test('without an answer about the report the reading is checked all the same', async () => {
  for (const { asked, said, facts } of CASES) {
    const { verdict, steps } = await checkReading(asked, said, null, facts)
    expect(verdict).toBe('ok')
    expect(steps.some((step) => step.name.startsWith('details.'))).toBe(false)
  }
})

test('no text that an API says makes the check throw or fills the screen', async () => {
  const text = fc.oneof(fc.string(), fc.constantFrom('0x', '-1', '1e18', ' 1', '９', '9'.repeat(78), 'x'.repeat(10_000)))
  await fc.assert(
    fc.asyncProperty(honest, text, text, fc.array(text), fc.double(), async (whole, a, b, list, number) => {
      const meter = { ...whole.said.meter, reading: a, number: b, meter_id: a, energy_wh: number, flags: list }
      const said = { ...whole.said, epoch: number, state: a, root: b, leaf: a, proof: list, meter }
      const report = { ...whole.report, root: a, set_hash: b, leaf_count: number, signers: [number] }
      const { verdict, steps } = await check({ ...whole, said, report })
      expect(verdict).toBe('failed')
      for (const step of steps) expect(String(step.actual).length).toBeLessThanOrEqual(161)
    }),
  )
})

function partOf(bit: number): StepName {
  if (bit < 3) return 'reading.trustLevel'
  if (bit < 16) return 'reading.flags'
  const counters = ['reading.energyWh', 'reading.breached', 'reading.utilised', 'reading.delivered', 'reading.measured'] as const
  return counters[Math.floor((bit - 16) / 48)] ?? 'reading.word'
}
