import { useState, type ReactNode } from 'react'
import { Link } from '../../../app/router'
import { useT } from '../../../i18n/useT'
import { buttonClass } from '../../../ui/buttonClass'
import { EmptyState } from '../../../ui/EmptyState'
import { Stack } from '../../../ui/layout/Stack'
import { Loaded } from '../../../ui/Loaded'
import { PageHeader } from '../../../ui/PageHeader'
import { Pager } from '../../../ui/Pager'
import { useFigures } from '../../../ui/useFigures'
import css from '../parts/parts.module.css'
import { useLeasePage } from '../queries'
import { LeaseTable } from './LeaseTable'

/** All leases, newest first. */
export function Page(): ReactNode {
  const t = useT()
  const { count, time } = useFigures()
  // The ids at which each page begins, the present one last.
  const [trail, setTrail] = useState<readonly (bigint | null)[]>([null])
  const query = useLeasePage(trail.at(-1) ?? null)
  const mine = (
    <Link to="/my-leases" className={buttonClass({ small: true })}>
      {t('leases.mine.title')}
    </Link>
  )
  return (
    <>
      <PageHeader title={t('leases.title')} lead={t('leases.lead')} actions={mine} />
      <Loaded query={query} label={t('leases.loading')} lines={8}>
        {({ leases, total, next, ...around }) =>
          leases.length === 0 ? (
            <EmptyState title={t('leases.none')}>{t('leases.none.text')}</EmptyState>
          ) : (
            <Stack>
              <LeaseTable leases={leases} around={around} />
              {(trail.length > 1 || next !== null) && (
                <Pager
                  label={t('leases.pages')}
                  position={t('leases.position', { first: `${leases.at(-1)?.leaseId ?? ''}`, last: `${leases[0]?.leaseId ?? ''}`, all: count(total) })}
                  onPrevious={trail.length === 1 ? null : () => setTrail(trail.slice(0, -1))}
                  onNext={next === null ? null : () => setTrail([...trail, next])}
                />
              )}
              <p className={css.quiet}>{t('leases.source', { total: count(total), block: count(around.block.number), time: time(around.block.timestamp) })}</p>
            </Stack>
          )
        }
      </Loaded>
    </>
  )
}
