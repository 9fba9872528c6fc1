import { useState, type ReactNode } from 'react'
import { useConfig } from '../../../chain/context'
import { useWrite } from '../../../chain/write/useWrite'
import { DataList } from '../../../ui/DataList'
import { Columns } from '../../../ui/layout/Columns'
import { Stack } from '../../../ui/layout/Stack'
import { Panel } from '../../../ui/Panel'
import { useFigures } from '../../../ui/useFigures'
import type { GpuList } from '../inventory/gpuList'
import { InventoryPicker } from '../inventory/InventoryPicker'
import { Act } from '../parts/Act'
import { AsOf } from '../parts/AsOf'
import { Form } from '../parts/Form'
import css from '../parts/parts.module.css'
import { useMay } from '../parts/useMay'
import type { Ground } from '../queries'
import { proposeWrite } from '../writes'
import { specOf, USUAL, type SpecDraft } from './spec'
import { SpecFields } from './SpecFields'
import { specRows } from './specRows'
import type { Kept } from './useKept'

/** The list and the specification, side by side with what is going to be signed. */
export function RegisterForm({ ground, kept }: { readonly ground: Ground; readonly kept: Kept }): ReactNode {
  const shown = useFigures()
  const { t } = shown
  const start = useWrite()
  const off = useMay(null)
  const registry = useConfig().contracts.FleetRegistry.address
  const [list, setList] = useState<GpuList | null>(null)
  const [draft, setDraft] = useState<SpecDraft>({ ...USUAL, currency: ground.currencies[0]?.address ?? null })
  const count = list === null ? null : BigInt(list.tree.size)
  const spec = specOf(draft, count)
  const token = ground.currencies.find(({ address }) => address === draft.currency) ?? null
  const rows = spec === null ? [] : specRows(spec, token, shown)

  function take(read: GpuList | null): void {
    setList(read)
    setDraft((before) => ({ ...before, units: read === null ? null : BigInt(read.tree.size) }))
  }
  function submit(): void {
    if (spec === null || list === null || off !== null) return
    const { root, size } = list.tree
    start(
      proposeWrite(registry, spec, rows, token, (account) => kept.keep({ account, spec, after: ground.newest, root, count: BigInt(size), fileName: list.fileName })),
    )
  }
  return (
    <Form label={t('operate.register.form')} wide onSubmit={submit}>
      <Columns layout="main">
        <Stack gap="loose">
          <Panel title={t('operate.register.inventory')} intro={t('operate.register.inventory.intro')}>
            <InventoryPicker label={t('operate.inventory.choose')} hint={t('operate.inventory.choose.hint')} onList={take} />
          </Panel>
          <Panel title={t('operate.register.spec')} intro={t('operate.register.spec.intro')}>
            <Stack>
              <SpecFields draft={draft} count={count} currencies={ground.currencies} onChange={(part) => setDraft((before) => ({ ...before, ...part }))} />
            </Stack>
          </Panel>
        </Stack>
        <Panel title={t('operate.register.review')} intro={t('operate.register.review.intro')}>
          <Stack>
            {spec === null || list === null ? <p className={css.quiet}>{t('operate.register.incomplete')}</p> : <DataList layout="ledger" rows={rows} />}
            <Act label={t('operate.register.propose')} tone="accent" ready={spec !== null && list !== null} off={off} />
            <p className={css.quiet}>{t('operate.register.next')}</p>
            <AsOf block={ground.block} />
          </Stack>
        </Panel>
      </Columns>
    </Form>
  )
}
