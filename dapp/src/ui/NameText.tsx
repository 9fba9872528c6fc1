import type { ReactNode } from 'react'
import { MAX_NAME, visibleName } from '../format/name'
import { useT } from '../i18n/useT'
import styles from './NameText.module.css'

export interface NameTextProps {
  /** A stranger's text, as it is on the chain. */
  readonly name: string
  readonly max?: number
}

/** A name that somebody wrote on the chain, made visible, cut, and kept from changing the direction of what stands beside it. */
export function NameText({ name, max = MAX_NAME }: NameTextProps): ReactNode {
  const t = useT()
  const shown = visibleName(name, max)
  if (shown === '') return <span className={styles.none}>{t('ui.name.none')}</span>
  return <bdi className={styles.name}>{shown}</bdi>
}
