import type { ReactNode } from 'react'
import { LookAt } from '../../../app/LookAt'
import { Link } from '../../../app/router'
import { useViewer } from '../../../app/viewer'
import { useHead } from '../../../chain/useHead'
import { T } from '../../../i18n/T'
import { useT } from '../../../i18n/useT'
import { EmptyState } from '../../../ui/EmptyState'
import { Stack } from '../../../ui/layout/Stack'
import { Loaded } from '../../../ui/Loaded'
import { PageHeader } from '../../../ui/PageHeader'
import { Panel } from '../../../ui/Panel'
import { useFigures } from '../../../ui/useFigures'
import { LeaseTable } from '../list/LeaseTable'
import { needsOf } from '../logic/needs'
import css from '../parts/parts.module.css'
import { useLeasesOf } from '../queries'
import { NeedList } from './NeedList'

/** The viewer's leases, and what they want done. */
export function Page(): ReactNode {
  const t = useT()
  const { count, time } = useFigures()
  const { address } = useViewer()
  const query = useLeasesOf(address)
  const head = useHead()
  return (
    <>
      <PageHeader title={t('leases.mine.title')} above={<Link to="/leases">{t('leases.title')}</Link>} lead={t('leases.mine.lead')} />
      {address === null ? (
        <EmptyState title={t('leases.mine.nobody')}>
          <Stack>
            <p>{t('leases.mine.nobody.text')}</p>
            <LookAt path="/my-leases" />
          </Stack>
        </EmptyState>
      ) : (
        <Loaded query={query} label={t('leases.loading')} lines={6}>
          {({ leases, ...around }) => {
            const now = head?.now() ?? around.block.timestamp
            const needs = leases.flatMap((lease) => needsOf(lease, now, around.oracle).map((need) => ({ lease, need })))
            return leases.length === 0 ? (
              <EmptyState title={t('leases.mine.none')}>
                <T id="leases.mine.none.text" components={[<Link to="/fleets" />]} />
              </EmptyState>
            ) : (
              <Stack gap="loose">
                <Panel title={t('leases.mine.todo')} layout="aside" intro={t('leases.mine.todo.intro')}>
                  {needs.length === 0 ? <p>{t('leases.mine.nothing')}</p> : <NeedList needs={needs} around={around} />}
                </Panel>
                <Panel title={t('leases.title')}>
                  <Stack>
                    <LeaseTable leases={leases} around={around} holders={false} />
                    <p className={css.quiet}>
                      {t('leases.source', { total: count(leases.length), block: count(around.block.number), time: time(around.block.timestamp) })}
                    </p>
                  </Stack>
                </Panel>
              </Stack>
            )
          }}
        </Loaded>
      )}
    </>
  )
}
