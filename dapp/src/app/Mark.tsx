import type { ReactNode } from 'react'

/** The mark: a wellhead's valve wheel on its pipe, as the meter's dial. */
export function Mark(): ReactNode {
  return (
    <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false" fill="none" stroke="currentColor">
      <circle cx="12" cy="9" r="6.25" strokeWidth="1.5" />
      <path d="M12 9 15.6 5.4" strokeWidth="1.5" strokeLinecap="round" />
      <path d="M12 15.25V20M6 21.25h12" strokeWidth="1.5" strokeLinecap="round" />
      <circle cx="12" cy="9" r="1.1" fill="currentColor" stroke="none" />
    </svg>
  )
}
