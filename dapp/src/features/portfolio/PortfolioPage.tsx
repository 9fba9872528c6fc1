import type { ReactNode } from 'react'
import { LookAt } from '../../app/LookAt'
import { useViewer } from '../../app/viewer'
import { checksum } from '../../chain/checksum'
import { useT } from '../../i18n/useT'
import { EmptyState } from '../../ui/EmptyState'
import { Stack } from '../../ui/layout/Stack'
import { PageHeader } from '../../ui/PageHeader'
import { Holder } from './parts/Holder'

/** The viewer's portfolio; without a viewer, how to look at one. */
export function Page(): ReactNode {
  const t = useT()
  const { address } = useViewer()
  return (
    <>
      <PageHeader title={t('portfolio.title')} lead={t('portfolio.lead')} />
      {address === null ? (
        <EmptyState title={t('portfolio.nobody.title')}>
          <Stack>
            <p>{t('portfolio.nobody.text')}</p>
            <LookAt path="/portfolio" />
          </Stack>
        </EmptyState>
      ) : (
        <Holder key={address} holder={checksum(address)} />
      )}
    </>
  )
}
