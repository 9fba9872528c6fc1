import { checksum } from '../chain/checksum'
import { useWallet } from '../chain/wallet/useWallet'
import { readAddress, type AddressProblem, type AddressText } from '../ui/readAddress'
import { useLocation, watchedAt } from './router'

/** Whose money and rights the page shows. */
export interface Viewer {
  /** None where nobody is connected, and where what `?as=` names is no address. */
  readonly address: AddressText | null
  /** `watch`: by `?as=`, with or without a wallet; nothing can be written then. */
  readonly mode: 'none' | 'wallet' | 'watch'
  /** What `?as=` says where it is no address, and why it is none. */
  readonly unreadable: { readonly text: string; readonly problem: AddressProblem; readonly length: number } | null
}

export function useViewer(): Viewer {
  const asked = watchedAt(useLocation())
  const { address } = useWallet()
  if (asked !== null) {
    const read = readAddress(asked, checksum)
    return read.ok ? viewer(read.address, 'watch') : { address: null, mode: 'watch', unreadable: { text: asked, problem: read.problem, length: read.length } }
  }
  return address === null ? viewer(null, 'none') : viewer(address, 'wallet')
}

function viewer(address: AddressText | null, mode: Viewer['mode']): Viewer {
  return { address, mode, unreadable: null }
}
