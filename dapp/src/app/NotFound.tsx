import type { ReactNode } from 'react'
import { T } from '../i18n/T'
import { useT } from '../i18n/useT'
import { visibleName } from '../format/name'
import { EmptyState } from '../ui/EmptyState'
import { PageHeader } from '../ui/PageHeader'
import { Link } from './router'

/** An address of ours that leads nowhere. */
export function NotFound({ path }: { readonly path: string }): ReactNode {
  const t = useT()
  return (
    <>
      <PageHeader title={t('app.notFound.title')} />
      <EmptyState title={t('app.notFound.text', { path: visibleName(path) })}>
        <T id="app.notFound.where" components={[<Link to="/fleets" />]} />
      </EmptyState>
    </>
  )
}
