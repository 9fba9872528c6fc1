/** Where a key takes the cursor among `count` places; undefined for a key that is none of its. From nowhere it begins at the newest. `null` puts it away. */
export function moveCursor(key: string, at: number | null, count: number): number | null | undefined {
  const last = count - 1
  if (last < 0) return undefined
  const now = at === null ? null : Math.min(Math.max(at, 0), last)
  const leap = Math.max(1, Math.round(count / 20))
  const by = (distance: number): number => (now === null ? last : Math.min(Math.max(now + distance, 0), last))
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return by(1)
    case 'ArrowLeft':
    case 'ArrowDown':
      return by(-1)
    case 'PageUp':
      return by(leap)
    case 'PageDown':
      return by(-leap)
    case 'Home':
      return 0
    case 'End':
      return last
    case 'Escape':
      return at === null ? undefined : null
    default:
      return undefined
  }
}
