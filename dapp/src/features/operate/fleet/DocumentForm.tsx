import { useState, type ReactNode } from 'react'
import { useConfig } from '../../../chain/context'
import { hashDocument, type DocumentHash } from '../../../chain/proof/document'
import type { Fleet } from '../../../chain/read/fleets'
import { useWrite } from '../../../chain/write/useWrite'
import { ErrorState } from '../../../ui/ErrorState'
import { FileInput } from '../../../ui/FileInput'
import { HashText } from '../../../ui/HashText'
import { Progress } from '../../../ui/Progress'
import { TextInput } from '../../../ui/TextInput'
import { useFigures } from '../../../ui/useFigures'
import { useJob } from '../../../ui/useJob'
import { Act } from '../parts/Act'
import { Form } from '../parts/Form'
import css from '../parts/parts.module.css'
import { useMay } from '../parts/useMay'
import { documentWrite } from '../writes'
import { documentProblems, MAX_NAME, MAX_URI } from './documentDraft'

/** Publishes a document: what it is called, where it is, and the hash of a file that is read here and sent nowhere. */
export function DocumentForm({ fleet }: { readonly fleet: Fleet }): ReactNode {
  const shown = useFigures()
  const { t, count } = shown
  const start = useWrite()
  const off = useMay(fleet.operator)
  const registry = useConfig().contracts.FleetRegistry.address
  const [job, hash] = useJob<DocumentHash>()
  const [draft, setDraft] = useState({ name: '', uri: '' })
  const [chosen, setChosen] = useState<string | null>(null)
  const problems = documentProblems(draft)
  const hashed = job.state === 'done' && job.value.ok ? job.value : null
  const ready = hashed !== null && draft.name.trim() !== '' && draft.uri.trim() !== '' && problems.name === null && problems.uri === null

  function take(file: File): void {
    setChosen(file.name)
    hash((signal) => hashDocument(file, { signal }))
  }
  function submit(): void {
    if (!ready || hashed === null || off !== null) return
    const document = { name: draft.name.trim(), uri: draft.uri.trim(), hash: hashed.hash }
    start({ ...documentWrite(registry, fleet.fleetId, document, shown), onDone: () => setDraft({ name: '', uri: '' }) })
  }
  const wordsOf = (problem: string | null): string | null => (problem === null ? null : t(`operate.document.problem.${problem}`, { name: count(MAX_NAME), uri: count(MAX_URI) }))
  return (
    <Form label={t('operate.document.new')} onSubmit={submit}>
      <TextInput
        label={t('operate.document.name')}
        hint={t('operate.document.name.hint')}
        value={draft.name}
        onChange={(name) => setDraft((before) => ({ ...before, name }))}
        error={wordsOf(problems.name)}
        required
      />
      <TextInput
        label={t('operate.document.uri')}
        hint={t('operate.document.uri.hint')}
        inputMode="url"
        value={draft.uri}
        onChange={(uri) => setDraft((before) => ({ ...before, uri }))}
        error={wordsOf(problems.uri)}
        required
      />
      <FileInput label={t('operate.document.file')} hint={t('operate.document.file.hint')} chosen={chosen} onFile={take} />
      {job.state === 'running' && <Progress label={t('operate.document.hashing')} value={null} />}
      {job.state === 'failed' && <ErrorState title={t('operate.file.unread')}>{t('operate.file.unread.text')}</ErrorState>}
      {job.state === 'done' && !job.value.ok && <ErrorState title={t('operate.document.tooLong')} />}
      {hashed !== null && (
        <p className={css.quiet} role="status">
          {t('operate.document.hashed', { bytes: count(hashed.bytes) })} <HashText hash={hashed.hash} />
        </p>
      )}
      <Act label={t('operate.document.act')} ready={ready} off={off} />
    </Form>
  )
}
