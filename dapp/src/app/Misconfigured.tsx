import type { ReactNode } from 'react'
import type { ConfigFault } from '../config/schema'
import { useT } from '../i18n/useT'
import { Page } from '../ui/layout/Page'
import { Notice } from '../ui/Notice'
import { PageHeader } from '../ui/PageHeader'

/** Instead of the page, where its configuration says nothing it can work with. */
export function Misconfigured({ problem }: { readonly problem: ConfigFault }): ReactNode {
  const t = useT()
  return (
    <main>
      <Page>
        <PageHeader title={t('app.config.title')} />
        <Notice tone="error">{t('app.config.text', { problem: t(`errors.${problem.code}`, problem.args) })}</Notice>
      </Page>
    </main>
  )
}
