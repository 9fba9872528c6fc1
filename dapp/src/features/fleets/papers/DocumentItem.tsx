import { useState, type ReactNode } from 'react'
import { hashDocument, type DocumentHash } from '../../../chain/proof/document'
import type { FleetDocument } from '../../../domain/documents'
import { visibleName } from '../../../format/name'
import { Button } from '../../../ui/Button'
import { ErrorState } from '../../../ui/ErrorState'
import { ExternalLink } from '../../../ui/ExternalLink'
import { FileInput } from '../../../ui/FileInput'
import { HashText } from '../../../ui/HashText'
import { NameText } from '../../../ui/NameText'
import { Notice } from '../../../ui/Notice'
import { Progress } from '../../../ui/Progress'
import { TimeText } from '../../../ui/TimeText'
import { useFigures } from '../../../ui/useFigures'
import { useJob, type Job } from '../../../ui/useJob'
import { fetchBody } from './fetchBody'
import css from './papers.module.css'
import type { Whereabouts } from './whereabouts'

const MAX_URI = 120

interface DocumentItemProps {
  readonly document: FleetDocument
  readonly where: Whereabouts
}

/** One document: what the operator calls it, where it is said to be, its hash, and the check of it in this browser. */
export function DocumentItem({ document, where }: DocumentItemProps): ReactNode {
  const { t, time, name } = useFigures()
  const [job, start] = useJob<DocumentHash>()
  const [asked, setAsked] = useState(false)
  const [chosen, setChosen] = useState<string | null>(null)
  const uri = visibleName(document.uri, MAX_URI)

  function check(what: string | null, open: (signal: AbortSignal) => Promise<Blob | ReadableStream<Uint8Array>>): void {
    setChosen(what)
    start(async (signal) => hashDocument(await open(signal), { signal }))
  }
  function press(): void {
    setAsked(true)
    if (where.kind === 'here') check(null, (signal) => fetchBody(where.url, signal))
  }
  return (
    <li className={css.document}>
      <div className={css.head}>
        <h3>
          <NameText name={document.name} />
        </h3>
        <Button
          small
          busy={job.state === 'running'}
          {...(where.kind === 'here' ? {} : { 'aria-expanded': asked })}
          aria-label={t('fleets.document.check.label', { name: name(document.name) })}
          onClick={press}
        >
          {t('fleets.document.check')}
        </Button>
      </div>
      <p className={css.uri}>{where.kind === 'nowhere' ? <bdi>{uri}</bdi> : <ExternalLink href={where.url}>{uri}</ExternalLink>}</p>
      <p className={css.about}>
        <span>
          {t('fleets.document.hash')} <HashText hash={document.hash} />
        </span>
        <span>
          {t('fleets.document.published')} <TimeText at={document.time} text={time(document.time)} />
        </span>
        {document.replaced > 0 && <span>{t('fleets.document.replaced', { count: document.replaced })}</span>}
      </p>
      <div className={css.choice}>
        {asked && where.kind !== 'here' && (
          <FileInput
            label={t('fleets.document.choose')}
            hint={t(where.kind === 'elsewhere' ? 'fleets.document.choose.elsewhere' : 'fleets.document.choose.nowhere')}
            chosen={chosen}
            onFile={(file) => check(file.name, () => Promise.resolve(file))}
          />
        )}
        <DocumentVerdict job={job} hash={document.hash} />
      </div>
    </li>
  )
}

function DocumentVerdict({ job, hash }: { readonly job: Job<DocumentHash>; readonly hash: string }): ReactNode {
  const { t, count } = useFigures()
  if (job.state === 'idle') return null
  if (job.state === 'running') return <Progress label={t('fleets.document.hashing')} value={null} />
  if (job.state === 'failed') return <ErrorState title={t('fleets.check.unread')}>{t('fleets.check.unread.text')}</ErrorState>
  if (!job.value.ok) return <ErrorState title={t('fleets.check.tooLong')} />
  const { hash: found, bytes } = job.value
  if (found.toLowerCase() === hash.toLowerCase()) {
    return (
      <Notice tone="ok" title={t('fleets.document.match')}>
        {t('fleets.document.match.text', { bytes: count(bytes) })}
      </Notice>
    )
  }
  return (
    <Notice tone="error" title={t('fleets.document.differs')}>
      {t('fleets.document.differs.text')} <HashText hash={found} />
    </Notice>
  )
}
