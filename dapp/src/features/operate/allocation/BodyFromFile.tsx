import { useState, type ReactNode } from 'react'
import { MAX_UUID } from '../../../domain/inventory/inventoryFile'
import { ErrorState } from '../../../ui/ErrorState'
import { FileInput } from '../../../ui/FileInput'
import { Notice } from '../../../ui/Notice'
import { Progress } from '../../../ui/Progress'
import { useFigures } from '../../../ui/useFigures'
import { useJob } from '../../../ui/useJob'
import css from '../parts/parts.module.css'
import { MAX_BODY_BYTES, type BodyContext, type BodyFault } from './checkBody'
import { readBody, type BodyRead, type MadeBody } from './madeBody'

interface BodyFromFileProps {
  readonly about: BodyContext
  readonly onBody: (body: MadeBody | null) => void
}

/** Takes a body that was made elsewhere, and checks it as a node will. */
export function BodyFromFile({ about, onBody }: BodyFromFileProps): ReactNode {
  const { t, name, count } = useFigures()
  const [job, start] = useJob<BodyRead>()
  const [chosen, setChosen] = useState<string | null>(null)

  function take(file: File): void {
    setChosen(file.name)
    onBody(null)
    start(async (signal) => {
      const read = await readBody(file, about, signal)
      if (read.ok && !signal.aborted) onBody(read.body)
      return read
    })
  }
  return (
    <div className={css.form}>
      <FileInput label={t('operate.body.file')} hint={t('operate.body.file.hint')} accept=".json" chosen={chosen} onFile={take} />
      {job.state === 'running' && <Progress label={t('operate.body.checking')} value={null} />}
      {job.state === 'failed' && <ErrorState title={t('operate.file.unread')}>{t('operate.file.unread.text')}</ErrorState>}
      {job.state === 'done' &&
        (job.value.ok ? (
          <Notice tone="ok">{t('operate.body.ok')}</Notice>
        ) : (
          <Notice tone="error" title={t('operate.body.void')}>
            {wordsOf(job.value.fault)}
          </Notice>
        ))}
    </div>
  )

  function wordsOf(fault: BodyFault): string {
    switch (fault.code) {
      case 'tooLarge':
        return t('operate.body.fault.tooLarge', { limit: count(MAX_BODY_BYTES / 1024 / 1024) })
      case 'notJson':
        return t('operate.body.fault.notJson')
      case 'shape':
        return t('operate.body.fault.shape', { where: name(fault.where) })
      case 'otherLease':
        return t('operate.body.fault.otherLease', { fleet: fault.fleet, lease: fault.lease })
      case 'noVersion':
        return t('operate.body.fault.noVersion', { version: fault.version })
      case 'tooMany':
        return t('operate.body.fault.tooMany', { count: count(fault.count), units: count(about.units) })
      case 'twice':
        return t('operate.body.fault.twice', { uuid: name(fault.uuid, MAX_UUID) })
      case 'unproven':
        return t('operate.body.fault.unproven', { uuid: name(fault.uuid, MAX_UUID), version: fault.version })
    }
  }
}
