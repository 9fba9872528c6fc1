import type { ReactNode } from 'react'
import type { Fleet } from '../../../chain/read/fleets'
import { Badge } from '../../../ui/Badge'
import { useFigures } from '../../../ui/useFigures'
import css from '../parts/parts.module.css'

interface StagesProps {
  readonly fleet: Fleet
  /** When each happened first, Unix seconds; null where it did not, or the history does not tell. */
  readonly proposedAt: bigint | null
  readonly publishedAt: bigint | null
  readonly listedAt: bigint | null
}

/** How a fleet comes to be listed: proposed, its inventory published, listed by the issuer. */
export function Stages({ fleet, proposedAt, publishedAt, listedAt }: StagesProps): ReactNode {
  const { t, time } = useFigures()
  const published = fleet.inventory !== null
  const listed = fleet.status !== 'proposed'
  const stages = [
    { key: 'proposed', done: true, at: proposedAt },
    { key: 'published', done: published, at: publishedAt },
    { key: 'listed', done: listed, at: listedAt },
  ] as const
  const next = stages.find(({ done }) => !done)?.key
  return (
    <ol className={css.steps}>
      {stages.map(({ key, done, at }) => (
        <li key={key} className={css.step}>
          <div>
            <h3>
              {t(`operate.stage.${key}`)}
              <Badge tone={done ? 'ok' : key === next ? 'info' : 'neutral'}>{t(done ? 'operate.stage.done' : key === next ? 'operate.stage.next' : 'operate.stage.later')}</Badge>
            </h3>
            <p className={css.quiet}>{done && at !== null ? time(at) : t(`operate.stage.${key}.text`)}</p>
          </div>
        </li>
      ))}
    </ol>
  )
}
