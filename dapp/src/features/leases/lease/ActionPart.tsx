import { useId, type ReactNode } from 'react'
import { useT } from '../../../i18n/useT'
import { useFigures } from '../../../ui/useFigures'
import type { Taken } from '../logic/actions'
import css from '../parts/parts.module.css'

interface ActionPartProps {
  readonly id: 'settle' | 'topUp' | 'terminate' | 'close' | 'withdraw'
  readonly taken: Taken
  /** What does it; shown only where the contract would take it. */
  readonly children: ReactNode
}

/** One thing that can be done, what it means, and either the way to do it or why not now. */
export function ActionPart({ id, taken, children }: ActionPartProps): ReactNode {
  const t = useT()
  const heading = useId()
  return (
    <section className={css.action} aria-labelledby={heading}>
      <h3 id={heading}>{t(`leases.do.${id}`)}</h3>
      <p className={css.quiet}>{t(`leases.do.${id}.text`)}</p>
      {taken.ok ? children : <WhyNot taken={taken} />}
    </section>
  )
}

/** Why the contract would not take a call now. */
export function WhyNot({ taken }: { readonly taken: Exclude<Taken, { readonly ok: true }> }): ReactNode {
  const t = useT()
  const { time, count } = useFigures()
  const { why, at, epoch } = taken
  return (
    <p>
      <small>{t(`leases.not.${why}`, { time: at === undefined ? '' : time(at), epoch: epoch === undefined ? '' : count(epoch) })}</small>
    </p>
  )
}
