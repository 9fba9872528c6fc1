import { visibleName } from '../format/name'

/**
 * A text that is signed, whole: what cannot be seen, and every white space but the plain one and the line feed, stands as `⟨U+00A0⟩`. Put it in an element
 * that isolates its direction and keeps white space.
 */
export function wholeText(raw: string): string {
  return raw
    .split(/(\s)/u)
    .map((piece) => (piece === ' ' || piece === '\n' ? piece : /^\s$/u.test(piece) ? marked(piece) : visibleName(piece, Number.POSITIVE_INFINITY)))
    .join('')
}

function marked(space: string): string {
  return `⟨U+${space.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`
}
