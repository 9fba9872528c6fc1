import type { ReactNode } from 'react'
import { useT } from '../i18n/useT'
import styles from './chainText.module.css'
import { CopyButton } from './CopyButton'
import { ExternalLink } from './ExternalLink'
import { shortHash } from './shortHash'
import { VisuallyHidden } from './VisuallyHidden'

export interface HashTextProps {
  /** A transaction's hash, a Merkle root, a document's hash: 0x and hexadecimal digits. */
  readonly hash: string
  readonly href?: string | null
  readonly full?: boolean
  readonly copy?: boolean
}

/** A hash: short, whole for screen readers and in its title, with a button that copies it. */
export function HashText({ hash, href = null, full = false, copy = true }: HashTextProps): ReactNode {
  const t = useT()
  const shown = full ? hash : shortHash(hash)
  const text = (
    <span className={styles.text} title={hash}>
      {shown === hash ? shown : <span aria-hidden="true">{shown}</span>}
      {shown !== hash && <VisuallyHidden>{hash}</VisuallyHidden>}
    </span>
  )
  return (
    <span className={full ? styles.whole : styles.holder}>
      {href === null ? text : <ExternalLink href={href}>{text}</ExternalLink>}
      {copy && <CopyButton text={hash} label={t('ui.copy.hash', { hash: shortHash(hash) })} />}
    </span>
  )
}
