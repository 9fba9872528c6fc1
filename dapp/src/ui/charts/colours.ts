/** What a series or a part stands for, which is its colour: the tokens of the same names. */
export type ChartColour =
  | 'busy'
  | 'idle'
  | 'unlet'
  | 'outage'
  | 'missing'
  | 'unknown'
  | 'rent'
  | 'protocol-fee'
  | 'oracle-fee'
  | 'energy'
  | 'operator-fee'
  | 'senior'
  | 'reserve'
  | 'equity'
  | 'ink'
  | 'soft'

/** The token as CSS. */
export function colourOf(colour: ChartColour): string {
  return `var(--${colour})`
}
