import type { ReactNode } from 'react'
import css from './wallet.module.css'

/** A wallet's own picture, drawn as an image so that nothing in it runs; an empty square where it has none that may be shown. */
export function WalletIcon({ icon }: { readonly icon: string | null }): ReactNode {
  return icon === null ? <span className={css.icon} aria-hidden="true" /> : <img className={css.icon} src={icon} alt="" width={28} height={28} />
}
