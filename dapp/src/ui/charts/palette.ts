import type { ChartColour } from './colours'

/** The tokens a canvas needs, as colours it understands. */
export type Palette = (token: ChartColour | 'ground' | 'rule' | 'idle-edge' | 'outage-ground' | 'missing-ground' | 'unknown-ground') => string

/** Reads tokens where `element` stands, in the theme of this moment. A canvas cannot read `var()` and `light-dark()`; a computed colour it can. */
export function readPalette(element: HTMLElement): Palette {
  const probe = document.createElement('span')
  probe.hidden = true
  element.append(probe)
  const computed = getComputedStyle(probe)
  const known = new Map<string, string>()
  const read = (token: string): string => {
    probe.style.color = `var(--${token})`
    return computed.color
  }
  const tokens = ['busy', 'idle', 'unlet', 'outage', 'missing', 'unknown', 'rent', 'protocol-fee', 'oracle-fee', 'energy', 'operator-fee', 'senior']
  const more = ['reserve', 'equity', 'ink', 'soft', 'ground', 'rule', 'idle-edge', 'outage-ground', 'missing-ground', 'unknown-ground']
  for (const token of [...tokens, ...more]) known.set(token, read(token))
  probe.remove()
  return (token) => known.get(token) ?? 'CanvasText'
}

/** Calls `tell` when colours may have changed: the theme, forced colours, printing. Returns what ends it. */
export function onPaletteChange(tell: () => void): () => void {
  const observer = new MutationObserver(tell)
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
  const queries = ['(prefers-color-scheme: dark)', '(forced-colors: active)', 'print'].map((query) => window.matchMedia(query))
  for (const query of queries) query.addEventListener('change', tell)
  return () => {
    observer.disconnect()
    for (const query of queries) query.removeEventListener('change', tell)
  }
}
