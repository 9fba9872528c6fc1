import type { ReactNode } from 'react'
import { visibleName } from '../format/name'
import { FRAMED } from '../config/frame'
import { T } from '../i18n/T'
import { useT } from '../i18n/useT'
import { AddressText } from '../ui/AddressText'
import { Notice } from '../ui/Notice'
import { Link, useLocation } from './router'
import { useViewer } from './viewer'

/** What a person must know on every page: whom they watch, and that the page is inside another's frame. */
export function Notices(): ReactNode {
  const t = useT()
  const { path } = useLocation()
  const { address, mode, unreadable } = useViewer()
  return (
    <>
      {FRAMED && (
        <Notice tone="error">
          <T
            id="app.framed"
            components={[<a href={window.location.href} target="_blank" rel="noopener noreferrer" />]}
          />
        </Notice>
      )}
      {mode === 'watch' && address !== null && (
        <Notice tone="info">
          <T id="app.watching" components={[<AddressText address={address} />, <Link to={`${path}?as=`} />]} />
        </Notice>
      )}
      {unreadable !== null && (
        <Notice tone="warn">
          {t('app.unreadable', { text: visibleName(unreadable.text) })} {t(`ui.address.${unreadable.problem}`, { length: `${unreadable.length}` })} <Link to={`${path}?as=`}>{t('app.unreadable.leave')}</Link>
        </Notice>
      )}
    </>
  )
}
