const WIDTH = 100
const TOP = 2
const BOTTOM = 23

/** SVG paths in a box of 100 by 24, y downwards: one piece for each run without a gap; a value alone is a short dash. Empty for no values. */
export function sparkPaths(
  values: readonly (number | null)[],
  range?: readonly [least: number, most: number],
): { readonly line: string; readonly area: string } {
  const known = values.filter((value): value is number => value !== null && Number.isFinite(value))
  const least = range?.[0] ?? known.reduce((a, b) => Math.min(a, b), 0)
  const most = range?.[1] ?? known.reduce((a, b) => Math.max(a, b), 0)
  const step = WIDTH / Math.max(1, values.length - 1)
  const y = (value: number): number => {
    const share = most > least ? Math.min(1, Math.max(0, (value - least) / (most - least))) : 0
    return round(BOTTOM - share * (BOTTOM - TOP))
  }
  let line = ''
  let area = ''
  let run: [number, number][] = []
  const end = (): void => {
    const first = run[0]
    const last = run.at(-1)
    if (first === undefined || last === undefined) return
    const points = run.length > 1 ? run : [[Math.max(0, first[0] - step / 3), first[1]] as const, [Math.min(WIDTH, first[0] + step / 3), first[1]] as const]
    const drawn = points.map(([px, py]) => `${round(px)} ${py}`).join('L')
    line += `M${drawn}`
    area += `M${round(points[0]?.[0] ?? 0)} ${BOTTOM}L${drawn}L${round(points.at(-1)?.[0] ?? 0)} ${BOTTOM}Z`
    run = []
  }
  values.forEach((value, place) => {
    if (value === null || !Number.isFinite(value)) end()
    else run.push([place * step, y(value)])
  })
  end()
  return { line, area }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
