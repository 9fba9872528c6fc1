import type { ReactNode } from 'react'
import { Link } from '../../../app/router'
import type { Oracle } from '../../../chain/read/oracle'
import type { Slot } from '../../../domain/meter/slots'
import { periodEnd } from '../../../domain/periodEnd'
import { nameWithin } from '../../../format/name'
import { T } from '../../../i18n/T'
import type { SeriesModel } from '../../../node/answers'
import type { FromNode } from '../../../node/fault'
import { Notice } from '../../../ui/Notice'
import { useFigures } from '../../../ui/useFigures'
import css from './measured.module.css'

const MAX_URL = 80

interface SourceProps {
  readonly slots: readonly Slot[]
  readonly from: FromNode<SeriesModel>
  readonly oracle: Oracle
}

/** Whose figures these are, how far they are final, and where they can be checked. */
export function Source({ slots, from, oracle }: SourceProps): ReactNode {
  const { t, count, time } = useFigures()
  const newest = slots.findLast(({ known }) => known > 0n)
  const { node, passedOver, value } = from
  const told = value.buckets.at(-1)
  const head = slots.at(-1)?.lastEpoch ?? 0n
  return (
    <div className={css.source}>
      {passedOver.length > 0 && (
        <Notice tone="warn" role="none">
          {t('fleets.source.passedOver', { count: passedOver.length })}
        </Notice>
      )}
      {told !== undefined && BigInt(told.last_epoch) < head && (
        <Notice tone="warn" role="none">
          {t('fleets.source.behind', { node: nameWithin(node, MAX_URL), epoch: `${told.last_epoch}`, time: time(BigInt(told.end_unix_s)), head: `${head}` })}
        </Notice>
      )}
      <p>
        {t('fleets.source.node', { node: nameWithin(node, MAX_URL), reports: count(value.reports), points: count(slots.length) })}{' '}
        {oracle.newestFinal === null
          ? t('fleets.source.noneFinal')
          : t('fleets.source.final', { time: time(periodEnd(oracle, oracle.newestFinal.epoch)), epoch: oracle.newestFinal.epoch.toString() })}
      </p>
      {newest !== undefined && (
        <p>
          <T id="fleets.source.check" values={{ epoch: newest.lastEpoch.toString() }} components={[<Link to={`/reports/${newest.lastEpoch}`} />]} />
        </p>
      )}
      {newest !== undefined && newest.flags.length > 0 && <p>{t('fleets.source.flags', { flags: newest.flags.map((flag) => nameWithin(flag)).join(', ') })}</p>}
    </div>
  )
}
