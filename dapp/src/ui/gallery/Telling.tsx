import type { ReactNode } from 'react'
import { Badge } from '../Badge'
import { Button } from '../Button'
import { Disclosure } from '../Disclosure'
import { EmptyState } from '../EmptyState'
import { ErrorState } from '../ErrorState'
import { ExternalLink } from '../ExternalLink'
import { Cluster } from '../layout/Cluster'
import { Columns } from '../layout/Columns'
import { Stack } from '../layout/Stack'
import { Notice } from '../Notice'
import { Panel } from '../Panel'
import { Skeleton } from '../Skeleton'

export function Telling(): ReactNode {
  return (
    <Panel title="Telling" layout="aside">
      <Columns>
        <Stack>
          <Notice tone="info" role="none">
            History is read from the chain’s logs: the indexer does not answer.
          </Notice>
          <Notice tone="ok" role="none" title="Proved">
            3 of 4 nodes signed this reading, and its leaf is under the root on the chain.
          </Notice>
          <Notice tone="warn" role="none" title="The head is 40 s old" actions={<Button small>Ask another RPC</Button>}>
            What you see may be behind the chain.
          </Notice>
          <ErrorState title="The node lied about this reading" detail="leaf 0x9f86…0a08 is not under root 0x5aae…beed" onRetry={() => undefined} />
        </Stack>
        <Stack>
          <EmptyState title="You hold no shares" action={<Button small>See what is on sale</Button>}>
            Shares bought in a sale appear here when it has ended.
          </EmptyState>
          <Skeleton label="Reading the chain" />
          <Cluster>
            <Badge>Planned</Badge>
            <Badge tone="ok">Final</Badge>
            <Badge tone="info">In dispute window</Badge>
            <Badge tone="warn">Silent</Badge>
            <Badge tone="bad">Reverted</Badge>
          </Cluster>
          <Disclosure summary="How the yield is computed">
            Income distributed over the period, over the face of the shares held through it. See{' '}
            <ExternalLink href="https://example.org">the method</ExternalLink>.
          </Disclosure>
        </Stack>
      </Columns>
    </Panel>
  )
}
