import { type Hex, decodeErrorResult } from 'viem'
import type { Refusal } from '../../queue/entry'
import { customErrors } from '../abi/errors'
import { named } from './calldata'

const ERROR_STRING = '0x08c379a0'
const PANIC = '0x4e487b71'
const STRING = [{ type: 'error', name: 'Error', inputs: [{ name: 'reason', type: 'string' }] }] as const
const CODE = [{ type: 'error', name: 'Panic', inputs: [{ name: 'code', type: 'uint256' }] }] as const
const MOST_TEXT = 300
const DEPTH = 8

/**
 * A revert as a refusal: a custom error of the contracts or of a payment token with its arguments, `Error` with the reason of a require, `Panic` with its code,
 * `Unknown` with the selector, `Silent` where the chain gave nothing.
 */
export function refusalOf(data: Hex): Refusal {
  const selector = data.slice(0, 10).toLowerCase()
  if (data.length < 10) return { by: 'chain', name: 'Silent', arguments: [] }
  try {
    if (selector === ERROR_STRING) {
      const [reason] = decodeErrorResult({ abi: STRING, data }).args
      return { by: 'chain', name: 'Error', arguments: [{ name: 'reason', value: reason.slice(0, MOST_TEXT) }] }
    }
    if (selector === PANIC) {
      const [code] = decodeErrorResult({ abi: CODE, data }).args
      return { by: 'chain', name: 'Panic', arguments: [{ name: 'code', value: code }] }
    }
    if (isKnown(selector)) {
      const { name, inputs } = customErrors[selector]
      const { args = [] } = decodeErrorResult({ abi: [{ type: 'error', name, inputs }], data })
      return { by: 'chain', name, arguments: named(inputs, args as readonly unknown[]) }
    }
  } catch {
    // Not what the selector promises: shown by its selector alone.
  }
  return { by: 'chain', name: 'Unknown', arguments: [{ name: 'selector', value: selector }] }
}

/** The revert data inside an error of viem or of an RPC, wherever the node put it; null for one that is no revert. */
export function revertDataOf(error: unknown): Hex | null {
  let reverted = false
  let wave: readonly unknown[] = [error]
  for (let depth = 0; depth < DEPTH && wave.length > 0; depth += 1) {
    const next: unknown[] = []
    for (const each of wave) {
      if (typeof each === 'string' && isData(each)) return each
      if (typeof each !== 'object' || each === null) continue
      const { code, message, data, cause, error: inner, raw } = each as Readonly<Record<string, unknown>>
      // 3 is what nodes answer for a revert; some say it in words only.
      if (code === 3 || (typeof message === 'string' && /execution reverted|\brevert(ed)?\b/i.test(message))) reverted = true
      next.push(data, raw, cause, inner)
    }
    wave = next
  }
  return reverted ? '0x' : null
}

function isData(text: string): text is Hex {
  return /^0x[0-9a-fA-F]*$/.test(text) && text.length >= 10
}

function isKnown(selector: string): selector is keyof typeof customErrors {
  return Object.hasOwn(customErrors, selector)
}
