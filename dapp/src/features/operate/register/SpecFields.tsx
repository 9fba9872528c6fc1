import type { ReactNode } from 'react'
import type { Token } from '../../../chain/read/tokens'
import { MAX_SYMBOL, nameWithin } from '../../../format/name'
import { AmountInput } from '../../../ui/AmountInput'
import { Select } from '../../../ui/Select'
import { TextInput } from '../../../ui/TextInput'
import { useFigures } from '../../../ui/useFigures'
import css from '../parts/parts.module.css'
import { specProblems, type SpecDraft, type SpecField } from './spec'

interface SpecFieldsProps {
  readonly draft: SpecDraft
  readonly onChange: (part: Partial<SpecDraft>) => void
  readonly currencies: readonly Token[]
  /** The inventory's size; null until a list was read. */
  readonly count: bigint | null
}

/** Every field of a specification as the contract takes it, with its unit, its limits and what it means. */
export function SpecFields({ draft, onChange, currencies, count }: SpecFieldsProps): ReactNode {
  const { t, count: shownCount } = useFigures()
  const problems = specProblems(draft, count)
  const token = currencies.find(({ address }) => address === draft.currency)
  const text = (field: SpecField) => ({ label: t(`operate.spec.${field}`), hint: t(`operate.spec.${field}.hint`), error: errorOf(field) })
  const number = (field: 'boardWatts' | 'availabilityBps' | 'penaltyBps' | 'creditCapBps' | 'noticeHours', decimals: number, symbol: string): ReactNode => (
    <AmountInput {...text(field)} decimals={decimals} symbol={symbol} initial={draft[field]} onChange={(value) => onChange({ [field]: value })} required />
  )
  return (
    <>
      <div className={css.pair}>
        <TextInput {...text('model')} value={draft.model} onChange={(model) => onChange({ model })} required />
        <TextInput {...text('site')} value={draft.site} onChange={(site) => onChange({ site })} required />
      </div>
      <div className={css.pair}>
        <Select
          {...text('currency')}
          value={draft.currency ?? ''}
          onChange={(address) => onChange({ currency: currencies.find((each) => each.address === address)?.address ?? null, listRate: null })}
          options={currencies.map(({ address, symbol, name }) => ({
            value: address,
            label: t('operate.spec.currency.option', { symbol: nameWithin(symbol, MAX_SYMBOL), name: nameWithin(name) }),
          }))}
        />
        <AmountInput
          key={draft.currency}
          {...text('listRate')}
          decimals={token?.decimals ?? 0}
          symbol={token?.symbol ?? ''}
          disabled={token === undefined}
          onChange={(listRate) => onChange({ listRate })}
          required
        />
      </div>
      <div className={css.pair}>
        <AmountInput
          key={`${count}`}
          {...text('units')}
          decimals={0}
          symbol="GPU"
          initial={count}
          all={count ?? undefined}
          onChange={(units) => onChange({ units })}
          required
        />
        {number('boardWatts', 0, 'W')}
      </div>
      <div className={css.pair}>
        {number('availabilityBps', 2, '%')}
        {number('penaltyBps', 2, '%')}
      </div>
      <div className={css.pair}>
        {number('creditCapBps', 2, '%')}
        {number('noticeHours', 0, 'h')}
      </div>
    </>
  )

  function errorOf(field: SpecField): string | null {
    const problem = problems[field]
    return problem === undefined ? null : t(`operate.spec.problem.${problem}`, { count: shownCount(count ?? 0n) })
  }
}
