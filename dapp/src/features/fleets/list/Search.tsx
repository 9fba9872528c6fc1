import type { ReactNode } from 'react'
import { useT } from '../../../i18n/useT'
import { Select } from '../../../ui/Select'
import { TextInput } from '../../../ui/TextInput'
import type { Wanted } from './rows'
import css from './list.module.css'

const WANTED: readonly Wanted[] = ['all', 'listed', 'proposed', 'delisted']

interface SearchProps {
  readonly search: string
  readonly wanted: Wanted
  readonly onSearch: (text: string) => void
  readonly onWanted: (wanted: Wanted) => void
  /** How many fleets were found. */
  readonly said: string
}

export function Search({ search, wanted, onSearch, onWanted, said }: SearchProps): ReactNode {
  const t = useT()
  return (
    <search className={css.search}>
      <TextInput type="search" label={t('fleets.search.label')} placeholder={t('fleets.search.example')} maxLength={100} value={search} onChange={onSearch} />
      <Select
        label={t('fleets.search.status')}
        value={wanted}
        onChange={(value) => onWanted(WANTED.find((each) => each === value) ?? 'all')}
        options={WANTED.map((each) => ({ value: each, label: t(`fleets.search.${each}`) }))}
      />
      <p className={css.said} role="status">
        {said}
      </p>
    </search>
  )
}
