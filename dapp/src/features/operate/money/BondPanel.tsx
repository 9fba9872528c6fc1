import { useState, type ReactNode } from 'react'
import { useViewer } from '../../../app/viewer'
import { checksum } from '../../../chain/checksum'
import { useConfig } from '../../../chain/context'
import type { Fleet } from '../../../chain/read/fleets'
import { readBalance } from '../../../chain/read/tokens'
import { useChainQuery } from '../../../chain/useChainQuery'
import { useWrite } from '../../../chain/write/useWrite'
import { AddressInput } from '../../../ui/AddressInput'
import { AmountInput } from '../../../ui/AmountInput'
import { Columns } from '../../../ui/layout/Columns'
import { Panel } from '../../../ui/Panel'
import { useFigures } from '../../../ui/useFigures'
import { Act } from '../parts/Act'
import { Form } from '../parts/Form'
import { useMay } from '../parts/useMay'
import { depositWrite, withdrawWrite } from '../writes'

interface BondProps {
  readonly fleet: Fleet
}

/** The bond that SLA credits are paid from: in by anyone, out by the operator while no lease is open. */
export function BondPanel({ fleet }: BondProps): ReactNode {
  const { t, money } = useFigures()
  const { address } = useViewer()
  return (
    <Panel title={t('operate.bond.title')} intro={t('operate.bond.intro', { amount: money(fleet.account.bond, fleet.token) })}>
      {fleet.status === 'proposed' ? (
        <p>{t('operate.bond.notListed')}</p>
      ) : (
        <Columns>
          <Deposit fleet={fleet} />
          <Withdraw key={address} fleet={fleet} />
        </Columns>
      )}
    </Panel>
  )
}

function Deposit({ fleet }: BondProps): ReactNode {
  const shown = useFigures()
  const { t, money } = shown
  const start = useWrite()
  const off = useMay(null)
  const { address } = useViewer()
  const leases = useConfig().contracts.CapacityLease.address
  const [amount, setAmount] = useState<bigint | null>(null)
  const [turn, setTurn] = useState(0)
  const { currency } = fleet.spec
  const { data: balance } = useChainQuery(['operate', 'balance', currency, address], (chain) => readBalance(chain, currency, address ?? '0x'), {
    enabled: address !== null,
  })
  const error = amount === 0n ? t('operate.problem.zero') : amount !== null && balance !== undefined && amount > balance ? t('operate.problem.balance', { balance: money(balance, fleet.token) }) : null
  const submit = (): void => {
    if (amount === null || error !== null || off !== null) return
    const done = (): void => {
      setAmount(null)
      setTurn((count) => count + 1)
    }
    start({ ...depositWrite(leases, fleet, amount, shown), onDone: done })
  }
  return (
    <Form label={t('operate.bond.deposit')} onSubmit={submit}>
      <AmountInput
        key={turn}
        label={t('operate.bond.deposit')}
        hint={fleet.token === null ? t('ui.amount.noToken') : t('operate.bond.deposit.hint')}
        disabled={fleet.token === null}
        decimals={fleet.token?.decimals ?? 0}
        symbol={fleet.token?.symbol ?? ''}
        all={fleet.token === null ? undefined : balance}
        onChange={setAmount}
        error={error}
        required
      />
      <Act label={t('operate.bond.deposit.act')} ready={amount !== null && error === null} off={off} />
    </Form>
  )
}

function Withdraw({ fleet }: BondProps): ReactNode {
  const shown = useFigures()
  const { t, money } = shown
  const start = useWrite()
  const { address } = useViewer()
  const { bond, openLeases } = fleet.account
  const may = useMay(fleet.operator)
  const leases = useConfig().contracts.CapacityLease.address
  const [amount, setAmount] = useState<bigint | null>(null)
  const [to, setTo] = useState(address)
  const [turn, setTurn] = useState(0)
  const held = openLeases > 0n ? t('operate.bond.held', { count: Number(openLeases) }) : bond === 0n ? t('operate.bond.empty') : null
  const off = held ?? may
  const error = amount === 0n ? t('operate.problem.zero') : amount !== null && amount > bond ? t('operate.problem.bond', { bond: money(bond, fleet.token) }) : null
  const submit = (): void => {
    if (amount === null || to === null || error !== null || off !== null) return
    const done = (): void => {
      setAmount(null)
      setTurn((count) => count + 1)
    }
    start({ ...withdrawWrite(leases, fleet, amount, to, shown), onDone: done })
  }
  return (
    <Form label={t('operate.bond.withdraw')} onSubmit={submit}>
      <AmountInput
        key={`amount${turn}`}
        label={t('operate.bond.withdraw')}
        hint={fleet.token === null ? t('ui.amount.noToken') : t('operate.bond.withdraw.hint')}
        decimals={fleet.token?.decimals ?? 0}
        symbol={fleet.token?.symbol ?? ''}
        all={held === null && fleet.token !== null ? bond : undefined}
        disabled={held !== null || fleet.token === null}
        onChange={setAmount}
        error={error}
        required
      />
      {held === null && (
        <AddressInput label={t('operate.to')} checksum={checksum} initial={address === null ? '' : checksum(address)} onChange={setTo} required />
      )}
      <Act label={t('operate.bond.withdraw.act')} ready={amount !== null && to !== null && error === null} off={off} />
    </Form>
  )
}
