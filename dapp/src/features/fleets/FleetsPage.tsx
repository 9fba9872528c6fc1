import { useState, type ReactNode } from 'react'
import { Link } from '../../app/router'
import type { FleetSummary } from '../../chain/read/fleets'
import { useHead } from '../../chain/useHead'
import { isOpen } from '../../domain/saleState'
import { EmptyState } from '../../ui/EmptyState'
import { Stack } from '../../ui/layout/Stack'
import { Loaded } from '../../ui/Loaded'
import { PageHeader } from '../../ui/PageHeader'
import { Pager } from '../../ui/Pager'
import { Unread } from '../../ui/Unread'
import { useFigures } from '../../ui/useFigures'
import { FleetTable } from './list/FleetTable'
import { FIRST_SORT, found, nextSort, sorted, type Wanted } from './list/rows'
import { Search } from './list/Search'
import { Totals } from './list/Totals'
import { useFleets, useOracle, useSales } from './queries'

const ON_A_PAGE = 25

/** Every fleet there is. */
export function Page(): ReactNode {
  const { t } = useFigures()
  const fleets = useFleets()
  return (
    <>
      <PageHeader title={t('fleets.list.title')} lead={t('fleets.list.lead')} />
      <Loaded query={fleets} label={t('fleets.list.loading')} lines={8}>
        {({ fleets: all, older }) =>
          all.length === 0 ? (
            <EmptyState title={t('fleets.list.none')} action={<Link to="/operate/register">{t('fleets.list.register')}</Link>}>
              {t('fleets.list.none.text')}
            </EmptyState>
          ) : (
            <Found all={all} older={older} />
          )
        }
      </Loaded>
    </>
  )
}

function Found({ all, older }: { readonly all: readonly FleetSummary[]; readonly older: number }): ReactNode {
  const { t, count } = useFigures()
  const head = useHead()
  const oracle = useOracle()
  const sales = useSales()
  const [search, setSearch] = useState('')
  const [wanted, setWanted] = useState<Wanted>('all')
  const [sort, setSort] = useState(FIRST_SORT)
  const [page, setPage] = useState(0)

  const rows = sorted(found(all, search, wanted), sort)
  const pages = Math.max(1, Math.ceil(rows.length / ON_A_PAGE))
  const at = Math.min(page, pages - 1)
  const shown = rows.slice(at * ON_A_PAGE, (at + 1) * ON_A_PAGE)
  const selling = new Set(sales.data?.sales.filter((sale) => isOpen(sale, head?.now() ?? 0n)).map(({ fleetId }) => fleetId))
  return (
    <Stack>
      <Totals fleets={all} />
      <Search
        search={search}
        wanted={wanted}
        onSearch={(text) => {
          setSearch(text)
          setPage(0)
        }}
        onWanted={(status) => {
          setWanted(status)
          setPage(0)
        }}
        said={t('fleets.list.found', { count: rows.length })}
      />
      <FleetTable
        fleets={shown}
        sort={sort}
        onSort={(key) => setSort(nextSort(sort, key))}
        selling={selling}
        clock={oracle.data ?? null}
        now={head?.now() ?? null}
      />
      {older > 0 && <p>{t('fleets.list.older', { count: older })}</p>}
      <Unread query={oracle} title={t('fleets.list.noClock')} />
      <Unread query={sales} title={t('fleets.tranche.sale.unread')} />
      {pages > 1 && (
        <Pager
          label={t('fleets.list.pages')}
          position={t('fleets.list.position', { page: count(at + 1), pages: count(pages) })}
          onPrevious={at > 0 ? () => setPage(at - 1) : null}
          onNext={at + 1 < pages ? () => setPage(at + 1) : null}
        />
      )}
    </Stack>
  )
}
