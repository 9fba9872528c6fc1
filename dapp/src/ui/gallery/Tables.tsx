import { useState, type ReactNode } from 'react'
import { AddressText } from '../AddressText'
import { AmountText } from '../AmountText'
import { Badge } from '../Badge'
import { Pager } from '../Pager'
import { Panel } from '../Panel'
import { Sparkline } from '../charts/Sparkline'
import { Stack } from '../layout/Stack'
import { Table } from '../Table'
import { Tabs } from '../Tabs'
import { BUSY } from './samples'

interface Row {
  readonly id: string
  readonly name: string
  readonly gpus: number
  readonly busy: string
  readonly rate: string
  readonly revenue: string
}

const ROWS: readonly Row[] = [
  { id: '1', name: 'Reykjanes H100', gpus: 8, busy: '67.9 %', rate: '2.35', revenue: '846.000000' },
  { id: '2', name: 'Durance A100', gpus: 4, busy: '73.3 %', rate: '1.19', revenue: '218.881204' },
  { id: '3', name: 'Luleå B200', gpus: 72, busy: '91.0 %', rate: '4.80', revenue: '15,206.400000' },
]

export function Tables(): ReactNode {
  const [tab, setTab] = useState('open')
  const [up, setUp] = useState(true)
  const rows = up ? ROWS : [...ROWS].reverse()
  return (
    <Panel title="Fleets" layout="aside" intro="Sorted by the caller.">
      <Tabs
        label="Fleets"
        tabs={[
          { id: 'open', label: 'Open' },
          { id: 'leased', label: 'Leased' },
          { id: 'retired', label: 'Retired' },
        ]}
        selected={tab}
        onSelect={setTab}
      >
        <Stack>
          <Table
            caption="Fleets as of block 4,212; revenue since the beginning, tUSD"
            rows={tab === 'retired' ? [] : rows}
            rowKey={(row) => row.id}
            empty="No fleet was retired."
            onSort={() => setUp(!up)}
            columns={[
              { key: 'name', head: 'Fleet', cell: (row) => <a href={`#${row.id}`}>{row.name}</a>, sort: up ? 'ascending' : 'descending' },
              { key: 'state', head: 'State', cell: (row) => <Badge tone={row.id === '2' ? 'warn' : 'ok'}>{row.id === '2' ? 'Silent' : 'Leased'}</Badge> },
              { key: 'spark', head: 'Busy, 48 hours', cell: (row) => <Sparkline label={`Busy, now ${row.busy}`} values={BUSY} range={[0, 100]} /> },
              { key: 'gpus', head: 'GPUs', numeric: true, cell: (row) => row.gpus, sort: 'none' },
              { key: 'busy', head: 'Busy', numeric: true, cell: (row) => row.busy },
              { key: 'rate', head: 'tUSD per GPU-hour', numeric: true, cell: (row) => row.rate },
              { key: 'revenue', head: 'Revenue', numeric: true, cell: (row) => <AmountText text={row.revenue} /> },
              { key: 'holder', head: 'Holder', whole: true, cell: () => <AddressText address="0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed" /> },
            ]}
            foot={tab === 'retired' ? ['None'] : ['Together', '', '', 84, '', '', <AmountText key="sum" text="16,271.281204" />]}
          />
          <Pager label="Fleets" position="1–3 of 30" onPrevious={null} onNext={() => undefined} />
        </Stack>
      </Tabs>
    </Panel>
  )
}
