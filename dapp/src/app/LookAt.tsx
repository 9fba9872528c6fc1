import { useState, type ReactNode } from 'react'
import { checksum } from '../chain/checksum'
import { useT } from '../i18n/useT'
import { AddressInput } from '../ui/AddressInput'
import { Button } from '../ui/Button'
import { Stack } from '../ui/layout/Stack'
import type { AddressText } from '../ui/readAddress'
import { navigate } from './router'

/** Shows the page at `path` as an address sees it: what it has is public. */
export function LookAt({ path }: { readonly path: string }): ReactNode {
  const t = useT()
  const [address, setAddress] = useState<AddressText | null>(null)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (address !== null) navigate(`${path}?as=${address}`)
      }}
    >
      <Stack>
        <AddressInput label={t('ui.look.address')} checksum={checksum} onChange={setAddress} />
        <div>
          <Button type="submit" tone="accent" disabled={address === null}>
            {t('ui.look')}
          </Button>
        </div>
      </Stack>
    </form>
  )
}
