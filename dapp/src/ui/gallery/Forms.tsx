import { useState, type ReactNode } from 'react'
import { AddressInput } from '../AddressInput'
import { AmountInput } from '../AmountInput'
import { Button } from '../Button'
import { DataList } from '../DataList'
import { Dialog } from '../Dialog'
import { FileInput } from '../FileInput'
import { Cluster } from '../layout/Cluster'
import { Columns } from '../layout/Columns'
import { Stack } from '../layout/Stack'
import { LinkButton } from '../LinkButton'
import { Panel } from '../Panel'
import { Select } from '../Select'
import { TextInput } from '../TextInput'

export function Forms(): ReactNode {
  const [open, setOpen] = useState(false)
  const [name, setName] = useState('Luleå B200')
  const [tranche, setTranche] = useState('senior')
  const [file, setFile] = useState<string | null>(null)
  const [amount, setAmount] = useState<bigint | null>(1_234_500_000n)
  const tooMuch = amount !== null && amount > 5_000_000_000n ? 'You have 5,000.00 tUSD.' : null
  return (
    <Panel title="Buy shares" layout="aside" intro="A form beside what it will do.">
      <Columns layout="main">
        <Stack>
          <AmountInput
            label="Amount"
            hint="You have 5,000.00 tUSD"
            decimals={6}
            symbol="tUSD"
            initial={1_234_500_000n}
            all={5_000_000_000n}
            error={tooMuch}
            onChange={setAmount}
          />
          <AmountInput label="GPUs" decimals={0} aside="optional" onChange={() => undefined} />
          <AddressInput label="To" hint="Whoever holds this address gets the shares." checksum={(address) => address} onChange={() => undefined} />
          <TextInput label="Name" value={name} onChange={setName} error={name === '' ? 'A fleet has a name.' : null} />
          <Select
            label="Tranche"
            value={tranche}
            onChange={setTranche}
            options={[
              { value: 'senior', label: 'Senior, 8.50 % a year' },
              { value: 'equity', label: 'Equity, the rest' },
            ]}
          />
          <FileInput label="Inventory" hint="CSV with one GPU a line" accept=".csv" chosen={file} onFile={(one) => setFile(one.name)} />
          <Cluster>
            <Button tone="accent" onClick={() => setOpen(true)}>
              Look it over
            </Button>
            <Button>Keep</Button>
            <Button tone="danger">Close the lease</Button>
            <Button tone="quiet">Cancel</Button>
            <Button busy>Waiting</Button>
            <Button disabled>Not yet</Button>
            <LinkButton href="#help" small>
              What is this?
            </LinkButton>
          </Cluster>
        </Stack>
        <DataList
          layout="ledger"
          rows={[
            { label: 'Shares', value: '12.345' },
            { label: 'Price a share', value: '100.00 tUSD' },
            { label: 'You pay', value: '1,234.50 tUSD', note: 'at most; approved exactly' },
          ]}
        />
      </Columns>
      <Dialog
        open={open}
        title="Buy 12.345 senior shares of Reykjanes H100"
        onClose={() => setOpen(false)}
        footer={
          <>
            <Button onClick={() => setOpen(false)}>Not now</Button>
            <Button tone="accent" onClick={() => setOpen(false)}>
              Sign in the wallet
            </Button>
          </>
        }
      >
        <p>The wallet will ask for one signature and one transaction.</p>
        <DataList
          layout="ledger"
          rows={[
            { label: 'Contract', value: 'PrimarySale' },
            { label: 'You pay', value: '1,234.50 tUSD' },
            { label: 'You get', value: '12.345 shares' },
          ]}
        />
      </Dialog>
    </Panel>
  )
}
