import type { ReactNode } from 'react'
import { shortAddress } from '../format/address'
import { useT } from '../i18n/useT'
import styles from './chainText.module.css'
import { CopyButton } from './CopyButton'
import { ExternalLink } from './ExternalLink'
import { NameText } from './NameText'
import { VisuallyHidden } from './VisuallyHidden'

export interface AddressTextProps {
  readonly address: string
  /** The explorer's page of it, or null. */
  readonly href?: string | null
  /** Whose it is; may be a stranger's text. Stands before the address, never instead of it. */
  readonly name?: string
  readonly full?: boolean
  readonly copy?: boolean
}

/** An address: short, whole for screen readers and in its title, with a button that copies it. */
export function AddressText({ address, href = null, name, full = false, copy = true }: AddressTextProps): ReactNode {
  const t = useT()
  const shown = full ? address : shortAddress(address)
  const text = (
    <span className={styles.text} title={address}>
      {shown === address ? shown : <span aria-hidden="true">{shown}</span>}
      {shown !== address && <VisuallyHidden>{address}</VisuallyHidden>}
    </span>
  )
  return (
    <>
      {name !== undefined && (
        <>
          <NameText name={name} />{' '}
        </>
      )}
      <span className={full ? styles.whole : styles.holder}>
        {href === null ? text : <ExternalLink href={href}>{text}</ExternalLink>}
        {copy && <CopyButton text={address} label={t('ui.copy.address', { address: shortAddress(address) })} />}
      </span>
    </>
  )
}
