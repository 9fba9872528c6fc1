import { expect, it } from 'vitest'
import { allowedBy, type Conditions } from './allowed'

const GOOD: Conditions = { framed: false, watching: false, connected: true, deployment: 'ok', onChain: true, lost: false }

it.each<[string, Partial<Conditions>, ReturnType<typeof allowedBy>]>([
  ['where all is well', {}, { ok: true }],
  ['not in a frame', { framed: true }, { ok: false, why: 'framed' }],
  ['not while watching', { watching: true }, { ok: false, why: 'watching' }],
  ['not without a wallet', { connected: false }, { ok: false, why: 'noWallet' }],
  ['not where the contracts have other code', { deployment: 'wrong' }, { ok: false, why: 'wrongDeployment' }],
  ['not while their code is still looked at', { deployment: 'checking' }, { ok: false, why: 'checkingDeployment' }],
  ['not on another chain', { onChain: false }, { ok: false, why: 'wrongChain' }],
  ['not without an RPC', { lost: true }, { ok: false, why: 'chainLost' }],
])('something may be signed %s', (_, other, allowed) => {
  expect(allowedBy({ ...GOOD, ...other })).toEqual(allowed)
})
