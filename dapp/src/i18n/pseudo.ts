import type { Messages } from '@lingui/core'

const DISGUISE: Readonly<Record<string, string>> = {
  ...letters('aceginorsuyz', 'áçéğíñóŕšúýž'),
  ...letters('ACEGINORSUYZ', 'ÁÇÉĞÍÑÓŔŠÚÝŽ'),
}
/** How much longer than English a French text gets, and more. */
const LONGER = 0.4

/**
 * English in disguise, for the tests of translation: accented, two fifths longer and in brackets. What stands on the screen without brackets was never
 * meant to be translated, or was forgotten; what is cut off will be cut off in French. Tags and arguments stay what they are.
 */
export function pseudo(messages: Messages): Messages {
  return Object.fromEntries(Object.entries(messages).map(([id, message]) => [id, bracketed(message)]))
}

function bracketed(message: unknown): Messages[string] {
  const length = lengthOf(message)
  const inside: unknown[] = Array.isArray(message) ? message.map(disguised) : [disguised(message)]
  return ['⟦', ...inside, `${'·'.repeat(Math.ceil(length * LONGER))}⟧`] as Messages[string]
}

/** A compiled message is text, or a list of texts and arguments; a plural or select argument holds messages by case. */
function disguised(part: unknown): unknown {
  if (typeof part === 'string') return disguisedText(part)
  if (!Array.isArray(part)) return part
  return part.map((piece: unknown) => (isCases(piece) ? disguisedCases(piece) : piece))
}

function disguisedCases(cases: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(cases).map(([name, message]) => [
      name,
      Array.isArray(message) ? message.map(disguised) : typeof message === 'string' ? disguisedText(message) : message,
    ]),
  )
}

function disguisedText(text: string): string {
  return text
    .split(/(<\/?\d+\/?>)/)
    .map((piece, index) => (index % 2 === 1 ? piece : piece.replace(/[A-Za-z]/g, (letter) => DISGUISE[letter] ?? letter)))
    .join('')
}

function isCases(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function lengthOf(message: unknown): number {
  if (typeof message === 'string') return message.length
  return Array.isArray(message) ? message.reduce<number>((sum, part) => sum + (typeof part === 'string' ? part.length : 4), 0) : 0
}

function letters(plain: string, accented: string): Record<string, string> {
  return Object.fromEntries([...plain].map((letter, index) => [letter, [...accented][index] ?? letter]))
}
