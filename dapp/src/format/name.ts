/** How many characters of a fleet's or token's name are shown, and of a token's symbol. */
export const MAX_NAME = 48
export const MAX_SYMBOL = 16

/** What has no ink of its own or changes its neighbours: controls, direction marks, zero-width, lone surrogates, private use, unassigned. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u
/** Hebrew, Arabic and the other scripts that run from right to left, which would reorder the digits beside them. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u
/** Accents on one letter beyond this many are there to paint over other lines; one on no letter would sit on the text before the name. */
const MAX_MARKS = 2

/**
 * A name that a stranger wrote on the chain, as one line of text that shows what it is: invisible and direction-changing characters appear as
 * `⟨U+202E⟩`, so do accents piled on one letter beyond the second, spaces of every kind become one plain space, and what is longer than `max`
 * characters ends in `…`. Markup is left as the text it is: it is for a text node or an attribute, never for HTML. An empty name stays
 * empty; the screen says so in words. The cost is bounded by `max`, not by the length of `raw`.
 */
export function visibleName(raw: string, max: number = MAX_NAME): string {
  let shown = ''
  let length = 0
  let marks = 0
  let gap = false
  // A character is at most two UTF-16 units; names of nothing but spaces are not followed for ever.
  for (const character of raw.slice(0, max * 8)) {
    if (/[\p{Zs}\t\n\r]/u.test(character)) {
      gap = shown !== ''
      continue
    }
    marks = /\p{M}/u.test(character) ? marks + 1 : 0
    const piece = INVISIBLE.test(character) || marks > (shown === '' ? 0 : MAX_MARKS) ? codePointMark(character) : character
    const added = (gap ? 1 : 0) + (piece === character ? 1 : piece.length)
    if (length + added > max) return `${shown}…`
    shown += gap ? ` ${piece}` : piece
    length += added
    gap = false
  }
  return raw.length > max * 8 ? `${shown}…` : shown
}

/**
 * Text that may run from right to left, closed off (FIRST STRONG ISOLATE, POP DIRECTIONAL ISOLATE) so that numbers beside it keep their
 * order. Other text is returned as it is. For text of `visibleName`, which holds no direction marks itself.
 */
export function isolated(text: string): string {
  return RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text
}

/** A name that a stranger wrote, as a sentence or an option takes it. */
export function nameWithin(raw: string, max: number = MAX_NAME): string {
  return isolated(visibleName(raw, max))
}

function codePointMark(character: string): string {
  return `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`
}
