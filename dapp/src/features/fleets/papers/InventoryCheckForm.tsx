import { useState, type ReactNode } from 'react'
import type { InventoryVersion } from '../../../domain/documents'
import { MAX_FILE_BYTES } from '../../../domain/inventory/inventoryFile'
import { readText } from '../../../format/readText'
import { Button } from '../../../ui/Button'
import { ErrorState } from '../../../ui/ErrorState'
import { FileInput } from '../../../ui/FileInput'
import { Progress } from '../../../ui/Progress'
import { useFigures } from '../../../ui/useFigures'
import { useJob } from '../../../ui/useJob'
import { checkInventory, type InventoryCheck } from './checkInventory'
import { fetchBody } from './fetchBody'
import { InventoryVerdict } from './InventoryVerdict'
import css from './papers.module.css'
import type { Whereabouts } from './whereabouts'

interface InventoryCheckFormProps {
  /** Newest first. */
  readonly versions: readonly InventoryVersion[]
  /** Where the operator serves the list. */
  readonly where: Whereabouts
}

/** Computes the root of a list of GPUs in this browser and holds it against the chain's. */
export function InventoryCheckForm({ versions, where }: InventoryCheckFormProps): ReactNode {
  const { t, ppm } = useFigures()
  const [job, start] = useJob<InventoryCheck>()
  const [chosen, setChosen] = useState<string | null>(null)

  function check(name: string, open: (signal: AbortSignal) => Promise<Blob | ReadableStream<Uint8Array>>): void {
    setChosen(name)
    start(async (signal, tell) => {
      const text = await readText(await open(signal), MAX_FILE_BYTES, signal)
      return text === null ? { kind: 'badFile', fault: { code: 'tooLarge' } } : checkInventory(text, versions, { signal, onProgress: tell })
    })
  }
  return (
    <div className={css.check}>
      <FileInput
        label={t('fleets.inventory.check')}
        hint={t('fleets.inventory.check.hint')}
        accept=".json,.txt,.csv"
        chosen={chosen}
        onFile={(file) => check(file.name, () => Promise.resolve(file))}
      />
      {where.kind === 'here' && (
        <Button small busy={job.state === 'running'} onClick={() => check(where.url, (signal) => fetchBody(where.url, signal))}>
          {t('fleets.inventory.check.fetch')}
        </Button>
      )}
      {job.state === 'running' && (
        <Progress label={t('fleets.inventory.checking')} value={job.done} {...(job.done === null ? {} : { text: ppm(BigInt(Math.floor(job.done * 1e6)), 0) })} />
      )}
      {job.state === 'failed' && <ErrorState title={t('fleets.check.unread')}>{t('fleets.check.unread.text')}</ErrorState>}
      {job.state === 'done' && <InventoryVerdict check={job.value} newest={versions[0]} />}
    </div>
  )
}
