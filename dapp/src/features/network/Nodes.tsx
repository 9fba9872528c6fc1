import type { ReactNode } from 'react'
import type { Chain } from '../../chain/chain'
import { useConfig } from '../../chain/context'
import { readFleets } from '../../chain/read/fleets'
import { readNodes, type MeteringNode, type NodeSet } from '../../chain/read/nodes'
import type { Token } from '../../chain/read/tokens'
import { useChainQuery } from '../../chain/useChainQuery'
import { formatAmount } from '../../format/formatAmount'
import { formatTime } from '../../format/time'
import { useLocale } from '../../i18n/useLocale'
import { useT } from '../../i18n/useT'
import { AddressText } from '../../ui/AddressText'
import { AmountText } from '../../ui/AmountText'
import { Badge } from '../../ui/Badge'
import { HashText } from '../../ui/HashText'
import { Stack } from '../../ui/layout/Stack'
import { Loaded } from '../../ui/Loaded'
import { Stat, StatRow } from '../../ui/Stat'
import { Table } from '../../ui/Table'

interface Network {
  readonly set: NodeSet
  /** The fleets' settlement currencies: one for each of `set.covers`. */
  readonly tokens: readonly Token[]
}

/** The node set in force, with bonds in every currency that a fleet settles in. */
export function Nodes(): ReactNode {
  const t = useT()
  const network = useChainQuery(['network', 'nodes'], readNetwork)
  return (
    <Loaded query={network} label={t('network.nodes.loading')} failed={t('network.nodes.failed')} lines={5}>
      {(found) => <NodeTable network={found} />}
    </Loaded>
  )
}

function NodeTable({ network: { set, tokens } }: { readonly network: Network }): ReactNode {
  const t = useT()
  const locale = useLocale()
  const { explorer } = useConfig().chain
  const link = (address: string): string | null => (explorer === null ? null : `${explorer}/address/${address}`)
  return (
    <Stack>
      <StatRow>
        <Stat label={t('network.quorum')} value={t('network.quorum.value', { quorum: `${set.quorum}`, nodes: `${set.nodes.length}` })} note={t('network.quorum.note')} />
        {set.covers.map(({ currency, cover }, place) => (
          <Stat key={currency} label={t('network.cover')} value={<Money amount={cover} token={tokens[place]} />} note={t('network.cover.note')} />
        ))}
        <Stat label={t('network.config')} value={<HashText hash={set.configDigest} />} note={t('network.config.note')} />
      </StatRow>
      <Table
        caption={t('network.nodes')}
        captionHidden
        rows={set.nodes}
        rowKey={({ index }) => `${index}`}
        empty={t('network.nodes.none')}
        columns={[
          { key: 'index', head: t('network.node'), cell: ({ index }) => `${index}` },
          { key: 'cold', head: t('network.node.cold'), cell: ({ cold }) => <AddressText address={cold} href={link(cold)} /> },
          { key: 'hot', head: t('network.node.hot'), spare: true, cell: ({ hot }) => <AddressText address={hot} href={link(hot)} /> },
          ...set.covers.map(({ currency }, place) => ({
            key: currency,
            head: t('network.node.bond'),
            numeric: true,
            cell: (node: MeteringNode) => <Money amount={node.bonds[place]?.bonded ?? 0n} token={tokens[place]} />,
          })),
          {
            key: 'state',
            head: t('network.node.state'),
            cell: (node) => (
              <>
                {node.joined ? <Badge tone="ok">{t('network.node.joined')}</Badge> : <Badge tone="warn">{t('network.node.left')}</Badge>}
                {node.slashed > 0 && <Badge tone="bad">{t('network.node.slashed', { count: node.slashed })}</Badge>}
                {node.bonds.map(({ currency, unbonding, until }) =>
                  unbonding === 0n ? null : <Badge key={currency}>{t('network.node.unbonding', { time: formatTime(until, locale, 'UTC') })}</Badge>,
                )}
              </>
            ),
          },
        ]}
      />
    </Stack>
  )
}

function Money({ amount, token }: { readonly amount: bigint; readonly token: Token | undefined }): ReactNode {
  const locale = useLocale()
  if (token === undefined) return '–'
  return <AmountText text={formatAmount(amount, token.decimals, locale, { symbol: token.symbol, maxDecimals: 2 })} />
}

async function readNetwork(chain: Chain): Promise<Network> {
  const fleets = await readFleets(chain)
  const tokens = [...new Map(fleets.flatMap(({ token }) => (token === null ? [] : [[token.address, token]]))).values()]
  const set = await readNodes(
    chain,
    tokens.map(({ address }) => address),
  )
  return { set, tokens }
}
