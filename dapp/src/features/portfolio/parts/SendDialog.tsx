import { useState, type ReactNode } from 'react'
import { checksum } from '../../../chain/checksum'
import { useConfig } from '../../../chain/context'
import type { Holding } from '../../../chain/read/revenue'
import { useWrite, useWritesAllowed } from '../../../chain/write/useWrite'
import { useT } from '../../../i18n/useT'
import { AddressInput } from '../../../ui/AddressInput'
import { AmountInput } from '../../../ui/AmountInput'
import { Button } from '../../../ui/Button'
import { Dialog } from '../../../ui/Dialog'
import { Stack } from '../../../ui/layout/Stack'
import { Notice } from '../../../ui/Notice'
import { useFigures } from '../../../ui/useFigures'
import { recipientProblem } from '../recipient'
import type { Address } from '../statement/movement'
import { sendWrite } from '../writes'

interface SendDialogProps {
  readonly holding: Holding
  readonly holder: Address
  readonly onClose: () => void
}

/** Sends shares to another address: what is wrong with it is said before, and what becomes of the income. */
export function SendDialog({ holding, holder, onClose }: SendDialogProps): ReactNode {
  const t = useT()
  const format = useFigures()
  const start = useWrite()
  const allowed = useWritesAllowed()
  const { contracts } = useConfig()
  const [to, setTo] = useState<Address | null>(null)
  const [amount, setAmount] = useState<bigint | null>(null)
  const { tranche, balance, claimable, token, waterfall } = holding
  const ours = [waterfall, ...Object.values(contracts).map(({ address }) => address)]
  const wrong = to === null ? null : recipientProblem(to, tranche.share, holder, ours)
  const tooMuch = amount !== null && amount > balance
  const ready = to !== null && wrong === null && amount !== null && amount > 0n && !tooMuch && allowed.ok
  const submit = (): void => {
    if (!ready) return
    onClose()
    start(sendWrite(holding, to, amount, t, format))
  }
  return (
    <Dialog
      open
      title={t('portfolio.send.title')}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t('portfolio.send.cancel')}</Button>
          <Button tone="accent" disabled={!ready} onClick={submit}>
            {t('portfolio.send.review')}
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Stack>
          <AddressInput
            label={t('portfolio.send.to')}
            hint={t('portfolio.send.toHint')}
            checksum={checksum}
            onChange={setTo}
            error={wrong === null ? null : t(`portfolio.send.wrong.${wrong}`)}
            required
          />
          <AmountInput
            label={t('portfolio.send.amount')}
            hint={t('portfolio.send.have', { balance: format.shares(balance, tranche.decimals, tranche.symbol) })}
            decimals={tranche.decimals}
            symbol={tranche.symbol}
            all={balance}
            onChange={setAmount}
            error={tooMuch ? t('portfolio.send.tooMuch', { balance: format.shares(balance, tranche.decimals, tranche.symbol) }) : null}
            required
          />
          <Notice tone="info" role="none">
            {t('portfolio.send.income', { amount: format.money(claimable, token) })}
          </Notice>
          {/* Enter in a field submits: a form needs a button of its own for that. */}
          <button type="submit" hidden />
        </Stack>
      </form>
    </Dialog>
  )
}
