import { useState, type ReactNode } from 'react'
import type { Token } from '../../chain/read/tokens'
import { useHead } from '../../chain/useHead'
import { useT } from '../../i18n/useT'
import { AmountInput } from '../../ui/AmountInput'
import { Columns } from '../../ui/layout/Columns'
import { Stack } from '../../ui/layout/Stack'
import { Panel } from '../../ui/Panel'
import { useFigures } from '../../ui/useFigures'
import { EscrowPanel } from './EscrowPanel'
import { startsAt } from './grid'
import { quote, type Problem, type Wish } from './order'
import type { Offer } from './queries'
import { StartField } from './StartField'
import { UntilFields } from './UntilFields'

interface QuoteFormProps {
  readonly offer: Offer
  readonly token: Token
  /** How many leases were opened from here: each time the escrow's part begins anew. */
  readonly opened: number
  readonly onOpened: (intent: string) => void
}

/** What is asked for, what it costs, and how it is paid. */
export function QuoteForm({ offer, token, opened, onOpened }: QuoteFormProps): ReactNode {
  const t = useT()
  const { time, count } = useFigures()
  const { fleet, oracle, block } = offer
  const now = useHead()?.now() ?? block.timestamp
  const [wish, setWish] = useState<Wish>(() => ({
    units: 1n,
    // One epoch later than it could be: what is offered stays good while the form is filled in.
    start: startsAt(now, oracle).first + oracle.epochLength,
    until: { by: 'length', seconds: 86_400n },
  }))
  const quoted = quote(wish, fleet, now, oracle)
  const starts = startsAt(now, oracle)

  function words(problem: Problem | null): string | null {
    if (problem === null) return null
    return t(`lease-capacity.problem.${problem.code}`, {
      free: 'free' in problem ? count(problem.free) : '',
      time: 'first' in problem ? time(problem.first) : 'last' in problem ? time(problem.last) : '',
    })
  }
  return (
    <Columns layout="main">
      <Panel title={t('lease-capacity.ask.title')} intro={t('lease-capacity.ask.intro')}>
        <Stack gap="normal">
          <AmountInput
            label={t('lease-capacity.units')}
            hint={t('lease-capacity.units.hint', { free: count(fleet.unitsFree) })}
            decimals={0}
            symbol="GPU"
            initial={wish.units}
            all={fleet.unitsFree}
            required
            onChange={(units) => setWish((was) => ({ ...was, units }))}
            error={words(quoted.units)}
          />
          <StartField
            wished={wish.start}
            taken={quoted.start}
            first={starts.first}
            last={starts.last}
            now={now}
            epochLength={oracle.epochLength}
            error={words(quoted.startProblem)}
            onChange={(start) => setWish((was) => ({ ...was, start }))}
          />
          <UntilFields wish={wish} taken={quoted.end} start={quoted.start} error={words(quoted.endProblem)} onChange={(until) => setWish((was) => ({ ...was, until }))} />
        </Stack>
      </Panel>
      <EscrowPanel key={opened} offer={offer} token={token} order={quoted.order} onOpened={onOpened} />
    </Columns>
  )
}
