/** Lines of one chart are told apart by their strokes too: whole, dashed, dotted, dash and dot. In CSS pixels. */
const DASHES = [[], [7, 3], [2, 3], [8, 3, 2, 3]] as const

export function dashOf(place: number): readonly number[] {
  return DASHES[place % DASHES.length] ?? []
}
