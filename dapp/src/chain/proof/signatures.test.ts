import fc from 'fast-check'
import type { Address, Hex } from 'viem'
import { zeroAddress } from 'viem'
import { expect, test } from 'vitest'
import { keyAt, signerSetOf } from './keys'
import type { SignerSet } from './keys'
import { reportDigest } from './report'
import { recoverSigner, splitSignatures } from './signatures'
import { decodeSubmission } from './submission'
import type { Submission } from './submission'
import type { CheckVector } from './vectors'
import { checkVectors } from './vectors'

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

function sent(vector: CheckVector): Submission {
  const submission = decodeSubmission(vector.input)
  if (submission === null) throw new Error('no submission')
  return submission
}

function setOf(vector: CheckVector): SignerSet {
  const set = signerSetOf(vector.signersSet)
  if (set === null) throw new Error('no keys')
  return set
}

test('what was sent has the digest that the oracle signed', () => {
  for (const vector of checkVectors()) {
    const { report } = sent(vector)
    expect(report.root).toBe(vector.standing.root)
    expect(reportDigest(report, vector.baseRoot, vector.domain)).toBe(vector.digest)
  }
})

test('the digest binds every field, the base root, the chain and the contract', () => {
  for (const vector of checkVectors()) {
    const { report } = sent(vector)
    const other: Hex = `0x${'5a'.repeat(32)}`
    const contract: Address = '0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0'
    const digests = [
      reportDigest(report, vector.baseRoot, vector.domain),
      reportDigest({ ...report, configDigest: other }, vector.baseRoot, vector.domain),
      reportDigest({ ...report, epoch: report.epoch + 1n }, vector.baseRoot, vector.domain),
      reportDigest({ ...report, baseEpoch: report.baseEpoch + 1n }, vector.baseRoot, vector.domain),
      reportDigest({ ...report, root: other }, vector.baseRoot, vector.domain),
      reportDigest({ ...report, setHash: other }, vector.baseRoot, vector.domain),
      reportDigest({ ...report, leafCount: report.leafCount + 1 }, vector.baseRoot, vector.domain),
      reportDigest(report, other, vector.domain),
      reportDigest(report, vector.baseRoot, { ...vector.domain, chainId: 1 }),
      reportDigest(report, vector.baseRoot, { ...vector.domain, meterOracle: contract }),
    ]
    expect(new Set(digests).size).toBe(digests.length)
  }
})

test('the signers are recovered, and are the nodes whose keys count at the epoch', async () => {
  for (const vector of checkVectors()) {
    const records = splitSignatures(sent(vector).signatures) ?? []
    expect(records.map((record) => record.node)).toEqual(vector.report.signers)
    for (const record of records) {
      const signer = vector.signers[record.node]
      expect(await recoverSigner(vector.digest, record)).toBe(signer)
      expect(keyAt(setOf(vector), record.node, vector.standing.epoch)).toBe(signer)
    }
  }
})

test('a key counts from its epoch on, the one before it until then', () => {
  const set: SignerSet = {
    configDigest: `0x${'00'.repeat(32)}`,
    quorum: 3,
    keys: [
      {
        hot: '0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9',
        previousHot: '0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0',
        hotFrom: 12n,
      },
      { hot: zeroAddress, previousHot: '0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0', hotFrom: 12n },
    ],
  }
  expect(keyAt(set, 0, 11n)).toBe('0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0')
  expect(keyAt(set, 0, 12n)).toBe('0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9')
  expect(keyAt(set, 1, 12n), 'a node that left').toBeNull()
  expect(keyAt(set, 2, 12n), 'no such node').toBeNull()
})

test('code that is no blob of so many keys is none', () => {
  for (const { signersSet } of checkVectors()) {
    expect(signerSetOf({ ...signersSet, nodes: signersSet.nodes - 1 })).toBeNull()
    expect(signerSetOf({ ...signersSet, nodes: signersSet.nodes + 1 })).toBeNull()
    expect(signerSetOf({ ...signersSet, code: '0x' })).toBeNull()
    expect(signerSetOf({ ...signersSet, code: `0x01${signersSet.code.slice(4)}` })).toBeNull()
  }
})

test('what no key can have made is signed by nobody', async () => {
  const vector = checkVectors()[0]
  if (vector === undefined) throw new Error('no vector')
  const record = (splitSignatures(sent(vector).signatures) ?? [])[0]
  if (record === undefined) throw new Error('no record')
  const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`
  expect(await recoverSigner(vector.digest, record)).not.toBeNull()
  for (const r of [0n, ORDER, 2n ** 256n - 1n]) {
    expect(await recoverSigner(vector.digest, { ...record, r: word(r) })).toBeNull()
  }
  expect(await recoverSigner(vector.digest, { ...record, vs: word(0n) })).toBeNull()
  // The highest s that the contract takes, and the next: 255 bits have room for some that it does not.
  expect(await recoverSigner(vector.digest, { ...record, vs: word(ORDER / 2n) })).not.toBeNull()
  expect(await recoverSigner(vector.digest, { ...record, vs: word(ORDER / 2n + 1n) })).toBeNull()
})

test('signatures that are no whole number of records are none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const packed: Hex = `0x${Buffer.from(bytes).toString('hex')}`
      expect(splitSignatures(packed)?.length ?? null).toBe(bytes.length % 65 === 0 ? bytes.length / 65 : null)
    }),
  )
})

test('the input of another call is no submission', () => {
  for (const { input } of checkVectors()) {
    expect(decodeSubmission('0x')).toBeNull()
    expect(decodeSubmission(`0x12345678${input.slice(10)}`)).toBeNull()
    expect(decodeSubmission(`0x${input.slice(2, 200)}`)).toBeNull()
  }
})
