import type { Band, BandKind, Seconds } from './model'

export interface Stretch {
  readonly from: Seconds
  readonly to: Seconds
  /** Null where there is nothing to be said. */
  readonly kind: BandKind | null
}

/** Bands from buckets in order: neighbours of one kind that touch become one, which `label` names. */
export function bandsOf(stretches: readonly Stretch[], label: (kind: BandKind, from: Seconds, to: Seconds) => string): Band[] {
  const joined: { kind: BandKind; from: Seconds; to: Seconds }[] = []
  for (const { kind, from, to } of stretches) {
    if (kind === null || to <= from) continue
    const before = joined.at(-1)
    if (before?.kind === kind && before.to >= from) before.to = to > before.to ? to : before.to
    else joined.push({ kind, from, to })
  }
  return joined.map((band) => ({ ...band, label: label(band.kind, band.from, band.to) }))
}

export interface LabelWish {
  readonly centre: number
  /** Texts from the one that says most to the shortest, each with its width. */
  readonly texts: readonly { readonly text: string; readonly width: number }[]
}

export interface PlacedLabel {
  readonly text: string
  /** Of its middle. */
  readonly centre: number
}

/**
 * A place for each label on one line within [left, right], `apart` from its neighbours: the longest text that fits beside those placed before, else null.
 * Wishes come in order from the left; each leaves room for at least the shortest text of the next.
 */
export function placeLabels(wishes: readonly LabelWish[], left: number, right: number, apart: number): (PlacedLabel | null)[] {
  let free = left
  return wishes.map((wish, place) => {
    const next = wishes[place + 1]
    const shortest = next?.texts.at(-1)
    const limit = next === undefined || shortest === undefined ? right : Math.min(right, Math.max(free, next.centre - shortest.width / 2 - apart))
    for (const { text, width } of wish.texts) {
      if (width > limit - free) continue
      const start = Math.min(Math.max(wish.centre - width / 2, free), limit - width)
      free = start + width + apart
      return { text, centre: start + width / 2 }
    }
    return null
  })
}
