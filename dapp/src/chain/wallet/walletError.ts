import type { WalletProblem } from './useWallet'

/** What a wallet meant by an error. */
export type WalletAnswer =
  | { readonly kind: 'rejected' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'unauthorised' }
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'unknownChain' }
  | { readonly kind: 'otherChain' }
  | { readonly kind: 'noFunds' }
  | { readonly kind: 'noBatch' }
  | { readonly kind: 'unknownBundle' }
  | { readonly kind: 'failed'; readonly detail: string }

const MOST_DETAIL = 300
const DEPTH = 6
/** Said by wallets and bridges that send another code, or none, when a person says no. */
const SAYS_NO = /\b(user|you|owner)\b[^.]{0,40}\b(reject|rejected|denied|deny|declined|cancel|cancelled|canceled|refused|abort|aborted|disapproved)\b|\b(rejected|denied|declined|cancelled|canceled) by (the )?user\b|^(request |transaction |signature )?(rejected|cancelled|canceled|declined)\.?$|ACTION_REJECTED|user closed/i
const NO_FUNDS = /insufficient funds|insufficient balance for|exceeds (the )?balance of the account|gas required exceeds allowance \(0\)/i

/**
 * Reads a wallet's error by its code (EIP-1193, EIP-1474, EIP-5792), wherever it hides it, and else by its words. Of words only a refusal and missing
 * funds are recognised.
 */
export function walletAnswer(error: unknown): WalletAnswer {
  const layers = layersOf(error)
  for (const { code } of layers) {
    const meant = byCode(code)
    if (meant !== null) return meant
  }
  const texts = layers.flatMap(({ texts }) => texts)
  if (texts.some((text) => SAYS_NO.test(text))) return { kind: 'rejected' }
  if (texts.some((text) => NO_FUNDS.test(text))) return { kind: 'noFunds' }
  return { kind: 'failed', detail: (texts[0] ?? '').slice(0, MOST_DETAIL) }
}

/** The same, as what stands in the wallet menu. */
export function walletProblem(error: unknown): WalletProblem {
  const answer = walletAnswer(error)
  if (answer.kind === 'rejected') return { code: 'wallet.rejected' }
  if (answer.kind === 'busy') return { code: 'wallet.busy' }
  return { code: 'wallet.failed', detail: answer.kind === 'failed' ? answer.detail : answer.kind }
}

function byCode(code: unknown): WalletAnswer | null {
  switch (code) {
    case 4001:
    case 'ACTION_REJECTED':
      return { kind: 'rejected' }
    case -32002:
      return { kind: 'busy' }
    case 4100:
      return { kind: 'unauthorised' }
    case 4200:
    case -32601:
    case -32004:
      return { kind: 'unsupported' }
    case 4902:
      return { kind: 'unknownChain' }
    case 4900:
    case 4901:
    case 5710:
      return { kind: 'otherChain' }
    case 5700:
    case 5740:
    case 5750: // the person refused the upgrade that a batch needs, not the calls: they go one by one
    case 5760:
      return { kind: 'noBatch' }
    case 5730:
      return { kind: 'unknownBundle' }
    default:
      return null
  }
}

interface Layer {
  readonly code: unknown
  readonly texts: readonly string[]
}

/** The error and what is wrapped in it: `cause`, `data.originalError`, `error`, `info.error`. */
function layersOf(error: unknown): readonly Layer[] {
  const layers: Layer[] = []
  let wave: readonly unknown[] = [error]
  for (let depth = 0; depth < DEPTH && wave.length > 0; depth += 1) {
    const next: unknown[] = []
    for (const each of wave) {
      if (typeof each === 'string') layers.push({ code: null, texts: [each] })
      if (typeof each !== 'object' || each === null) continue
      const texts = [read(each, 'message'), read(each, 'details'), read(each, 'reason')].filter((text) => typeof text === 'string')
      const code = read(each, 'code')
      layers.push({ code: typeof code === 'string' && /^-?\d+$/.test(code) ? Number(code) : code, texts })
      next.push(read(each, 'cause'), read(each, 'error'), read(each, 'originalError'), read(each, 'data'), read(each, 'info'))
    }
    wave = next.filter((each) => typeof each === 'object' && each !== null)
  }
  return layers
}

function read(from: object, name: string): unknown {
  try {
    return Reflect.get(from, name)
  } catch {
    return undefined
  }
}
