import { useState, type ReactNode } from 'react'
import { Link } from '../../app/router'
import { isOpen } from '../../domain/saleState'
import { T } from '../../i18n/T'
import { useT } from '../../i18n/useT'
import { buttonClass } from '../../ui/buttonClass'
import { EmptyState } from '../../ui/EmptyState'
import { Loaded } from '../../ui/Loaded'
import { PageHeader } from '../../ui/PageHeader'
import { Pager } from '../../ui/Pager'
import { Panel } from '../../ui/Panel'
import { useFigures } from '../../ui/useFigures'
import { SalesTable } from './parts/SalesTable'
import { useSales, type Sales } from './useSales'

/** Every primary sale: what can be bought first, then what has ended. */
export function Page(): ReactNode {
  const t = useT()
  // The newest sale of each page so far, the present one last; null: whatever is newest.
  const [trail, setTrail] = useState<readonly (bigint | null)[]>([null])
  const sales = useSales(trail.at(-1) ?? null)
  const open = (
    <Link className={buttonClass()} to="/invest/open">
      {t('invest.sell')}
    </Link>
  )
  return (
    <>
      <PageHeader title={t('invest.title')} lead={t('invest.lead')} actions={open} />
      <Loaded query={sales} label={t('invest.loading')} failed={t('invest.failed')} lines={6}>
        {(data) => (
          <>
            <Both data={data} />
            <Pages data={data} trail={trail} onTrail={setTrail} />
          </>
        )}
      </Loaded>
    </>
  )
}

interface PagesProps {
  readonly data: Sales
  readonly trail: readonly (bigint | null)[]
  readonly onTrail: (trail: readonly (bigint | null)[]) => void
}

function Pages({ data: { sales, total }, trail, onTrail }: PagesProps): ReactNode {
  const t = useT()
  const format = useFigures()
  const last = sales.at(-1)?.saleId ?? 0n
  if (trail.length === 1 && last <= 1n) return null
  const shown = { newest: format.count(sales[0]?.saleId ?? 0n), oldest: format.count(last), all: format.count(total) }
  return (
    <Pager
      label={t('invest.pages')}
      position={t('invest.position', shown)}
      onPrevious={trail.length === 1 ? null : () => onTrail(trail.slice(0, -1))}
      onNext={last <= 1n ? null : () => onTrail([...trail, last - 1n])}
    />
  )
}

function Both({ data }: { readonly data: Sales }): ReactNode {
  const t = useT()
  const format = useFigures()
  const { block, sales, fleets } = data
  const open = sales.filter((sale) => isOpen(sale, block.timestamp))
  const rest = sales.filter((sale) => !open.includes(sale))
  const asOf = t('invest.asOf', { block: format.count(block.number), time: format.time(block.timestamp) })
  if (sales.length === 0) {
    return (
      <EmptyState title={t('invest.none')}>
        <T id="invest.noneText" components={[<Link to="/fleets" />]} />
      </EmptyState>
    )
  }
  return (
    <>
      <Panel title={t('invest.open')} intro={`${t('invest.openIntro')} ${asOf}`}>
        {open.length === 0 ? <p>{t('invest.noneOpen')}</p> : <SalesTable caption={t('invest.open')} sales={open} fleets={fleets} now={block.timestamp} />}
      </Panel>
      {rest.length > 0 && (
        <Panel title={t('invest.ended')} intro={t('invest.endedIntro')}>
          <SalesTable caption={t('invest.ended')} sales={rest} fleets={fleets} now={block.timestamp} />
        </Panel>
      )}
    </>
  )
}
