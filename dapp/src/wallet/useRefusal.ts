import { useCallback } from 'react'
import { sayRefusal } from '../chain/write/sayRefusal'
import { type Currencies, NO_CURRENCIES } from '../chain/write/write'
import { useLocale } from '../i18n/useLocale'
import { useT } from '../i18n/useT'
import type { Refusal } from '../queue/entry'

/** Says a refusal in the person's language. The catalog of src/chain/write must be loaded, which it is where there are writes. */
export function useRefusal({ money, moved }: Currencies = NO_CURRENCIES): (refusal: Refusal) => string {
  const t = useT()
  const locale = useLocale()
  return useCallback(
    (refusal) => sayRefusal(refusal, { t, locale, currencies: { money, moved }, timeZone: new Intl.DateTimeFormat().resolvedOptions().timeZone }),
    [t, locale, money, moved],
  )
}
