import type { ReactNode } from 'react'
import type { Step, StepValue } from '../chain/proof/steps'
import { formatAmount } from '../format/formatAmount'
import type { Locale } from '../format/locale'
import { visibleName } from '../format/name'
import { useLocale } from '../i18n/useLocale'
import { useT } from '../i18n/useT'
import { Badge } from '../ui/Badge'
import { HashText } from '../ui/HashText'
import { Table } from '../ui/Table'

const TONES = { ok: 'ok', failed: 'bad', unchecked: 'warn' } as const
/** What was said may be anything; a list of flags is the longest honest text. */
const MAX_VALUE = 160

/** Every comparison that was made: what the chain has, and what was said. */
export function StepTable({ steps }: { readonly steps: readonly Step[] }): ReactNode {
  const t = useT()
  const locale = useLocale()
  return (
    <Table
      dense
      caption={t('verify.table')}
      captionHidden
      rows={steps.map((step, place) => ({ step, place }))}
      rowKey={({ place }) => `${place}`}
      columns={[
        {
          key: 'step',
          head: t('verify.table.step'),
          cell: ({ step }) =>
            step.node === undefined ? t(`verify.step.${step.name}`) : t('verify.step.ofNode', { step: t(`verify.step.${step.name}`), node: `${step.node}` }),
        },
        { key: 'state', head: t('verify.table.result'), cell: ({ step }) => <Badge tone={TONES[step.state]}>{t(`verify.state.${step.state}`)}</Badge> },
        { key: 'expected', head: t('verify.table.chain'), cell: ({ step }) => <Value value={step.expected} locale={locale} /> },
        { key: 'actual', head: t('verify.table.said'), cell: ({ step }) => <Value value={step.actual} locale={locale} /> },
      ]}
    />
  )
}

function Value({ value, locale }: { readonly value: StepValue; readonly locale: Locale }): ReactNode {
  if (value === null || value === '') return '–'
  if (typeof value === 'bigint') return value < 10n ** 20n ? formatAmount(value, 0, locale) : <HashText hash={value.toString()} />
  return /^0x[0-9a-fA-F]{20,}$/.test(value) ? <HashText hash={value} /> : visibleName(value, MAX_VALUE)
}
