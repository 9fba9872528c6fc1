import { useState, type ReactNode } from 'react'
import { MAX_UUID } from '../../../domain/inventory/inventoryFile'
import { Button } from '../../../ui/Button'
import { Cluster } from '../../../ui/layout/Cluster'
import { NameText } from '../../../ui/NameText'
import { TextInput } from '../../../ui/TextInput'
import { useFigures } from '../../../ui/useFigures'
import css from '../parts/parts.module.css'

/** More boxes than this are found by typing. */
const MOST_SHOWN = 200

interface GpuChoiceProps {
  readonly uuids: readonly string[]
  /** The lease's: no more can be chosen. */
  readonly units: number
  /** Places in `uuids` that are chosen. */
  readonly places: ReadonlySet<number>
  readonly onChange: (places: ReadonlySet<number>) => void
}

/** Boxes to tick, one a GPU of the inventory. */
export function GpuChoice({ uuids, units, places, onChange }: GpuChoiceProps): ReactNode {
  const { t, count } = useFigures()
  const [search, setSearch] = useState('')
  const wanted = search.trim().toLowerCase()
  const found = [...uuids.entries()].filter(([, uuid]) => uuid.toLowerCase().includes(wanted))
  const full = places.size >= units

  function toggle(place: number): void {
    const next = new Set(places)
    if (!next.delete(place) && !full) next.add(place)
    onChange(next)
  }
  function fill(): void {
    const free = found.map(([place]) => place).filter((place) => !places.has(place))
    onChange(new Set([...places, ...free.slice(0, Math.max(0, units - places.size))]))
  }
  return (
    <fieldset className={css.group}>
      <legend>{t('operate.gpus.choose', { chosen: count(places.size), units: count(units) })}</legend>
      <div className={css.form}>
        {uuids.length > 12 && <TextInput label={t('operate.gpus.search')} value={search} onChange={setSearch} mono />}
        <Cluster>
          <Button small disabled={full || found.length === 0} onClick={fill}>
            {t('operate.gpus.fill')}
          </Button>
          <Button small tone="quiet" disabled={places.size === 0} onClick={() => onChange(new Set())}>
            {t('operate.gpus.clear')}
          </Button>
        </Cluster>
        <div className={css.gpus}>
          {found.slice(0, MOST_SHOWN).map(([place, uuid]) => (
            <label key={place} className={css.gpu}>
              <input type="checkbox" checked={places.has(place)} disabled={full && !places.has(place)} onChange={() => toggle(place)} />
              <span className={css.uuid}>
                <NameText name={uuid} max={MAX_UUID} />
              </span>
            </label>
          ))}
        </div>
        {found.length > MOST_SHOWN && <p className={css.quiet}>{t('operate.gpus.more', { shown: count(MOST_SHOWN), all: count(found.length) })}</p>}
        {found.length === 0 && <p className={css.quiet}>{t('operate.gpus.noMatch')}</p>}
      </div>
    </fieldset>
  )
}
