import type { ReactNode } from 'react'
import { useT } from '../i18n/useT'
import styles from './ExternalLink.module.css'
import { VisuallyHidden } from './VisuallyHidden'

export interface ExternalLinkProps {
  /** http or https; anything else is shown as text and leads nowhere. */
  readonly href: string
  readonly children: ReactNode
}

/** A link out of this page, in a tab of its own that learns nothing of where it came from. */
export function ExternalLink({ href, children }: ExternalLinkProps): ReactNode {
  const t = useT()
  if (!/^https?:\/\//i.test(href)) return <span>{children}</span>
  return (
    <a href={href} target="_blank" rel="noreferrer noopener">
      {children}
      <span className={styles.mark} aria-hidden="true" />
      <VisuallyHidden> {t('ui.link.newTab')}</VisuallyHidden>
    </a>
  )
}
