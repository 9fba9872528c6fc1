import { useState, type ReactNode } from 'react'
import { ErrorState } from '../../../ui/ErrorState'
import { FileInput } from '../../../ui/FileInput'
import { faultText } from '../../../ui/inventoryFault'
import { Notice } from '../../../ui/Notice'
import { Progress } from '../../../ui/Progress'
import { useFigures } from '../../../ui/useFigures'
import { useJob } from '../../../ui/useJob'
import css from '../parts/parts.module.css'
import { readGpuList, type GpuList, type ReadList } from './gpuList'
import { ListFigures } from './ListFigures'

interface InventoryPickerProps {
  readonly label: string
  readonly hint: string
  /** The list that was read; null from the moment another file is chosen. */
  readonly onList: (list: GpuList | null) => void
}

/** Takes a file of GPUs, grows its tree in this browser and says what came of it. */
export function InventoryPicker({ label, hint, onList }: InventoryPickerProps): ReactNode {
  const shown = useFigures()
  const { t, ppm } = shown
  const [job, start] = useJob<ReadList>()
  const [chosen, setChosen] = useState<string | null>(null)

  function take(file: File): void {
    setChosen(file.name)
    onList(null)
    start(async (signal, tell) => {
      const read = await readGpuList(file, signal, tell)
      if (read.ok && !signal.aborted) onList(read.list)
      return read
    })
  }
  return (
    <div className={css.form}>
      <FileInput label={label} hint={hint} accept=".json,.txt" chosen={chosen} onFile={take} />
      {job.state === 'running' && (
        <Progress label={t('operate.inventory.growing')} value={job.done} {...(job.done === null ? {} : { text: ppm(BigInt(Math.floor(job.done * 1e6))) })} />
      )}
      {job.state === 'failed' && <ErrorState title={t('operate.file.unread')}>{t('operate.file.unread.text')}</ErrorState>}
      {job.state === 'done' &&
        (job.value.ok ? (
          <ListFigures list={job.value.list} />
        ) : (
          <Notice tone="error" title={t('operate.inventory.refused')}>
            {faultText(job.value.fault, shown)}
          </Notice>
        ))}
    </div>
  )
}
