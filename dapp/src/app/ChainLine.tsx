import { useEffect, useState, type ReactNode } from 'react'
import { useConfig, useDeployment } from '../chain/context'
import type { Deployment } from '../chain/deployment'
import type { HistorySource } from '../chain/history/events'
import { useHead, useHistorySource } from '../chain/useHead'
import { formatAmount } from '../format/formatAmount'
import { formatDuration, formatTime } from '../format/time'
import { useLocale } from '../i18n/useLocale'
import { useT, type Translate } from '../i18n/useT'
import { Badge } from '../ui/Badge'
import { TimeText } from '../ui/TimeText'
import css from './ChainLine.module.css'

/** What the page knows the chain by: its newest block, how old that is, which RPC it is read from, where history comes from, and whether the contracts are the right ones. */
export function ChainLine(): ReactNode {
  const t = useT()
  const locale = useLocale()
  const { chain, indexer } = useConfig()
  const head = useHead()
  const deployment = useDeployment()
  const source = useHistorySource()
  const answering = head?.rpcs.filter(({ fault }) => fault === null).length ?? 0
  return (
    <div className={css.line}>
      <span>{chain.name}</span>
      {head !== null && (
        <>
          <span>{t('app.chain.block', { number: formatAmount(head.number, 0, locale) })}</span>
          <TimeText at={head.timestamp} text={formatTime(head.timestamp, locale, 'UTC')} />
          <Freshness state={head.state} seenAt={head.seenAt} />
          <span>{t('app.chain.rpcs', { answering: `${answering}`, all: `${head.rpcs.length}`, rpc: hostOf(head.rpc) })}</span>
        </>
      )}
      {source !== null && <HistoryBadge source={source} wanted={indexer === null ? 'logs' : 'indexer'} t={t} />}
      <DeploymentBadge deployment={deployment} t={t} />
    </div>
  )
}

function Freshness({ state, seenAt }: { readonly state: 'live' | 'stale' | 'lost'; readonly seenAt: number }): ReactNode {
  const t = useT()
  const locale = useLocale()
  const now = useClock(state !== 'live')
  if (state === 'live') return <Badge tone="ok">{t('app.chain.live')}</Badge>
  const seconds = BigInt(Math.max(0, Math.floor((now - seenAt) / 1000)))
  return (
    <>
      {state === 'lost' && <Badge tone="bad">{t('app.chain.lost')}</Badge>}
      <Badge tone="warn">{t('app.chain.stale', { time: formatDuration(seconds, locale) })}</Badge>
    </>
  )
}

/** That history is read from logs, slower, is told of; that an indexer there should be is not used is a warning. */
function HistoryBadge({ source, wanted, t }: { readonly source: HistorySource; readonly wanted: HistorySource; readonly t: Translate }): ReactNode {
  if (source === 'indexer') return <span>{t('app.chain.indexer')}</span>
  return wanted === 'logs' ? <span>{t('app.chain.logs')}</span> : <Badge tone="warn">{t('app.chain.noIndexer')}</Badge>
}

function DeploymentBadge({ deployment, t }: { readonly deployment: Deployment; readonly t: Translate }): ReactNode {
  if (deployment.state === 'checking') return <Badge>{t('app.chain.checking')}</Badge>
  if (deployment.state === 'ok') return <Badge tone="ok">{t('app.chain.ok')}</Badge>
  return deployment.what.map((wrong) => (
    <Badge tone="bad" key={JSON.stringify(wrong)}>
      {t('app.chain.wrong', { what: t(`errors.${wrong.code}`, wrong.args) })}
    </Badge>
  ))
}

/** The browser's time in ms, every second while `runs`. */
function useClock(runs: boolean): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!runs) return undefined
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [runs])
  return now
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url
}
