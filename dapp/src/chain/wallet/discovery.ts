import type { AnnouncedWallet } from './useWallet'
import { isProvider, type Provider } from './provider'

/** A wallet and the way to speak to it. */
export interface Announcement {
  readonly wallet: AnnouncedWallet
  readonly provider: Provider
}

export interface Discovery {
  readonly announced: () => readonly Announcement[]
  readonly subscribe: (listener: () => void) => () => void
}

/** Wallets at most: a page script that announces without end must not fill memory. */
export const MOST_WALLETS = 32
const MOST_TEXT = 256
/** An icon larger than this is not worth its bytes. */
const MOST_ICON = 131_072
/** Drawn by <img>, so that a script inside an SVG never runs. */
const ICON = /^data:image\/(png|jpeg|gif|webp|svg\+xml)[;,]/

/**
 * Listens for EIP-6963 announcements and asks for them. One uuid is one wallet, the first that claims it. wagmi's own discovery keeps only the first of two
 * wallets with one rdns and finds a connection again by rdns alone, so it is not used.
 */
export function discover(window: Window): Discovery {
  let announced: readonly Announcement[] = []
  const listeners = new Set<() => void>()
  window.addEventListener('eip6963:announceProvider', (event) => {
    const next = withAnnouncement(announced, 'detail' in event ? event.detail : null)
    if (next === announced) return
    announced = next
    for (const listener of listeners) listener()
  })
  window.dispatchEvent(new Event('eip6963:requestProvider'))
  return {
    announced: () => announced,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** The wallets after an announcement; the same array where it says nothing new or nothing that can be used. */
export function withAnnouncement(announced: readonly Announcement[], detail: unknown): readonly Announcement[] {
  const heard = announcement(detail)
  if (heard === null || announced.length >= MOST_WALLETS) return announced
  if (announced.some(({ wallet, provider }) => wallet.uuid === heard.wallet.uuid || (provider === heard.provider && wallet.rdns === heard.wallet.rdns))) {
    return announced
  }
  const shared = (wallet: AnnouncedWallet): boolean => wallet.rdns === heard.wallet.rdns
  const before = announced.map((each) => (shared(each.wallet) ? { ...each, wallet: { ...each.wallet, shared: true } } : each))
  return [...before, { ...heard, wallet: { ...heard.wallet, shared: announced.some(({ wallet }) => shared(wallet)) } }]
}

function announcement(detail: unknown): Announcement | null {
  try {
    if (!isRecord(detail) || !isRecord(detail['info']) || !isProvider(detail['provider'])) return null
    const { uuid, rdns, name, icon } = detail['info']
    if (!isShort(uuid) || !isShort(rdns) || typeof name !== 'string') return null
    return { wallet: { uuid, rdns, name: name.slice(0, MOST_TEXT), icon: iconOf(icon), shared: false }, provider: detail['provider'] }
  } catch {
    return null // a getter that throws
  }
}

function iconOf(icon: unknown): string | null {
  return typeof icon === 'string' && icon.length <= MOST_ICON && ICON.test(icon) ? icon : null
}

function isShort(text: unknown): text is string {
  return typeof text === 'string' && text !== '' && text.length <= MOST_TEXT
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
