import type { ReactNode } from 'react'
import { periodEnd } from '../../../domain/periodEnd'
import { useT } from '../../../i18n/useT'
import { Button } from '../../../ui/Button'
import { Columns } from '../../../ui/layout/Columns'
import { Stack } from '../../../ui/layout/Stack'
import { Notice } from '../../../ui/Notice'
import { Panel } from '../../../ui/Panel'
import { Skeleton } from '../../../ui/Skeleton'
import { useFigures } from '../../../ui/useFigures'
import { VerifyReading } from '../../../verify/VerifyReading'
import type { Said } from '../logic/said'
import { splitOf } from '../logic/split'
import css from '../parts/parts.module.css'
import type { OneLease } from '../queries'
import { MeterTable, type Told } from './MeterTable'
import type { Newest } from './newest'
import { SoldBar } from './SoldBar'

interface MeterPanelProps {
  readonly found: OneLease
  readonly newest: Newest
}

/** What became of the time sold, by the reading the chain was settled at and by the newest one a node has, and how either can be verified. */
export function MeterPanel({ found, newest }: MeterPanelProps): ReactNode {
  const t = useT()
  const { count, time } = useFigures()
  const { lease, oracle } = found
  const { settledEpoch } = lease.account
  const standing = newest.kind === 'said' ? newest.standing : null
  const final = newest.kind === 'said' ? newest.final : null

  const settled = settledEpoch === 0n ? null : toldOf({ epoch: settledEpoch, reading: lease.reading }, 'settled')
  // A node that has not come as far as the chain has settled has nothing newer to say.
  const behind = standing !== null && standing.epoch < settledEpoch
  const latest = standing === null || standing.epoch <= settledEpoch ? null : toldOf(standing, 'newest')
  const columns = [settled, latest].filter((each) => each !== null)
  return (
    <Panel title={t('leases.meter.title')} intro={t('leases.meter.intro')}>
      <Stack gap="loose">
        {columns.length > 0 && (
          <Columns>
            {columns.map((told) => (
              <SoldBar key={told.key} told={told} />
            ))}
          </Columns>
        )}
        {columns.length > 0 ? <MeterTable lease={lease} fleet={found.fleet} columns={columns} /> : newest.kind === 'said' && <p>{t('leases.meter.none')}</p>}
        <Stack gap="tight">
          {newest.kind === 'loading' && <Skeleton lines={1} label={t('leases.meter.asking')} />}
          {newest.kind === 'absent' && (
            <>
              <p className={css.quiet}>{t('leases.meter.absent')}</p>
              {settledEpoch > 0n && <Verifiable found={found} said={{ epoch: settledEpoch, reading: lease.reading }} kind="settled" />}
            </>
          )}
          {newest.kind === 'failed' && (
            <Notice tone="warn" title={t('leases.meter.noNode')} actions={<Button small onClick={newest.again}>{t('ui.retry')}</Button>}>
              {t(`errors.${newest.fault.code}`, newest.fault.args)}
            </Notice>
          )}
          {newest.kind === 'wrong' && (
            <Notice tone="error" title={t('leases.meter.wrong')}>
              {t('leases.meter.wrong.text', { node: newest.node })}
            </Notice>
          )}
          {newest.kind === 'said' && behind && (
            <>
              <Notice tone="warn" title={t('leases.meter.behind')}>
                {t('leases.meter.behind.text', { node: newest.node, epoch: count(standing.epoch), settled: count(settledEpoch) })}
              </Notice>
              <Verifiable found={found} said={{ epoch: settledEpoch, reading: lease.reading }} kind="settled" />
            </>
          )}
          {newest.kind === 'said' && !behind && (
            <>
              <p className={css.quiet}>{t('leases.meter.by', { node: newest.node })}</p>
              <Columns>
                <Verifiable found={found} said={standing} kind="standing" />
                {final?.epoch !== standing?.epoch && (final === null || final.epoch >= settledEpoch) && <Verifiable found={found} said={final} kind="final" />}
              </Columns>
            </>
          )}
        </Stack>
      </Stack>
    </Panel>
  )

  function toldOf({ epoch, reading }: Said, key: Told['key']): Told {
    const end = periodEnd(oracle, epoch)
    const head = t(`leases.meter.${key}`, { epoch: count(epoch) })
    return { key, head, upTo: time(end), periodEnd: end, reading, split: splitOf(lease, reading, end) }
  }
}

interface VerifiableProps {
  readonly found: OneLease
  readonly said: Said | null
  readonly kind: 'standing' | 'final' | 'settled'
}

function Verifiable({ found: { lease, oracle }, said, kind }: VerifiableProps): ReactNode {
  const t = useT()
  const { count, time } = useFigures()
  if (said === null) return <p className={css.quiet}>{t(`leases.verify.none.${kind}`)}</p>
  return (
    <Stack gap="tight">
      <p>{t(`leases.verify.${kind}`, { epoch: count(said.epoch), time: time(periodEnd(oracle, said.epoch)) })}</p>
      <VerifyReading key={`${said.epoch}`} meterId={lease.meterId} epoch={said.epoch} of={t('leases.number', { lease: `${lease.leaseId}` })} />
    </Stack>
  )
}
