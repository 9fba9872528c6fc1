import type { ReactNode } from 'react'
import { AddressText } from '../AddressText'
import { AmountText } from '../AmountText'
import { MeterBar } from '../charts/MeterBar'
import { Sparkline } from '../charts/Sparkline'
import { DataList } from '../DataList'
import { HashText } from '../HashText'
import { Columns } from '../layout/Columns'
import { NameText } from '../NameText'
import { Panel } from '../Panel'
import { Progress } from '../Progress'
import { Stat, StatRow } from '../Stat'
import { TimeText } from '../TimeText'
import { BUSY } from './samples'

const ADDRESS = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'
const HASH = '0x9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'

export function Figures(): ReactNode {
  return (
    <Panel title="Lease 3" layout="aside" intro="8 GPUs from 5 to 8 October 2026, held by a tenant whose name is hostile.">
      <StatRow>
        <Stat label="Delivered" value="93.8" unit="%" />
        <Stat label="Escrow runs for" value="3 days 4 hr" />
        <Stat label="Rate" value={<AmountText text="18.80" />} unit="tUSD per hour" />
        <Stat label="Busy" value={<Sparkline label="Busy over 48 hours, now 64 %" values={BUSY} range={[0, 100]} />} />
      </StatRow>
      <MeterBar
        label="Time of lease 3"
        parts={[
          { key: 'busy', label: 'busy', share: 0.62, text: '62.0 %', colour: 'busy' },
          { key: 'idle', label: 'delivered, not busy', share: 0.25, text: '25.0 %', colour: 'idle' },
          { key: 'outage', label: 'outage', share: 0.06, text: '6.0 %', colour: 'outage' },
          { key: 'missing', label: 'no telemetry', share: 0.04, text: '4.0 %', colour: 'missing' },
          { key: 'unknown', label: 'not known', share: 0.03, text: '3.0 %', colour: 'unknown' },
        ]}
      />
      <Columns>
        <DataList
          rows={[
            { label: 'Tenant', value: <NameText name={'Anna\u202E<b>moc.live</b>'} /> },
            { label: 'Contract', value: <AddressText address={ADDRESS} href="https://example.org/address/x" name="FleetShare" /> },
            { label: 'Inventory root', value: <HashText hash={HASH} />, note: '12 documents, all hashes checked here' },
            { label: 'Opened', value: <TimeText at={1_791_158_400n} text="5 Oct 2026, 00:00 UTC" /> },
            { label: 'Nameless', value: <NameText name="" /> },
          ]}
        />
        <DataList
          layout="ledger"
          rows={[
            { label: 'Escrow', value: <AmountText text="2,256.00" unit="tUSD" /> },
            { label: 'Settled', value: <AmountText text="846.000000" unit="tUSD" />, note: 'up to epoch 47' },
            { label: 'Credit for the outage', value: <AmountText text="56.401250" unit="tUSD" /> },
            { label: 'Refund if closed now', value: <AmountText text="1,353.598750" unit="tUSD" strong /> },
          ]}
        />
      </Columns>
      <Columns>
        <Progress label="Hashing the documents" value={0.42} text="5 of 12" />
        <Progress label="Reading the logs" value={null} />
      </Columns>
    </Panel>
  )
}
