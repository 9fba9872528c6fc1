import type { ReactNode } from 'react'
import { Badge } from '../Badge'
import { Button } from '../Button'
import { Page } from '../layout/Page'
import { NameText } from '../NameText'
import { PageHeader } from '../PageHeader'
import { SkipLink } from '../SkipLink'
import { Stat, StatRow } from '../Stat'
import { Charts } from './Charts'
import { Edges } from './Edges'
import { Figures } from './Figures'
import { Forms } from './Forms'
import { Tables } from './Tables'
import { Telling } from './Telling'

export function Gallery(): ReactNode {
  return (
    <>
      <SkipLink to="main">Skip to the content</SkipLink>
      <main id="main" tabIndex={-1}>
        <Page>
          <div>
            <PageHeader
              above={<a href="#fleets">Fleets</a>}
              title={<NameText name="Reykjanes H100" />}
              badges={<Badge tone="ok">Leased</Badge>}
              actions={<Button tone="accent">Lease capacity</Button>}
              lead="8 × NVIDIA H100 80GB HBM3 in Reykjanesbær, Iceland, at 2.35 tUSD per GPU-hour. Metered by 4 nodes, of which 3 sign."
            />
          </div>
          <StatRow size="headline">
            <Stat label="Busy" value="67.9" unit="%" note="of delivered time, 48 hours" />
            <Stat label="Delivered" value="93.8" unit="%" note="3 hours of outage" />
            <Stat label="Energy" value="178.80" unit="kWh" note="466 Wh per GPU-hour" />
            <Stat label="Revenue" value="846.00" unit="tUSD" note="4.73 tUSD per kWh" />
            <Stat label="Net yield" value="0.31" unit="%" note="2 days, not annualised" />
          </StatRow>
          <Charts />
          <Figures />
          <Tables />
          <Forms />
          <Telling />
          <Edges />
        </Page>
      </main>
    </>
  )
}
