import { Component, type ReactNode } from 'react'

interface ErrorBoundaryProps {
  /** What is shown instead; `again` draws the children anew. */
  readonly fallback: (error: unknown, again: () => void) => ReactNode
  /** A new value draws the children anew too: another page. */
  readonly resetKey: string
  readonly children: ReactNode
}

interface ErrorBoundaryState {
  readonly error: unknown
  readonly failed: boolean
  readonly resetKey: string
}

/** Keeps a fault in one page from taking the menu, the wallet and the queue with it. React wants a class for it. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, ErrorBoundaryState> {
  override state: ErrorBoundaryState = { error: null, failed: false, resetKey: this.props.resetKey }

  static getDerivedStateFromError(error: unknown): Partial<ErrorBoundaryState> {
    return { error, failed: true }
  }

  static getDerivedStateFromProps(props: ErrorBoundaryProps, state: ErrorBoundaryState): Partial<ErrorBoundaryState> | null {
    return props.resetKey === state.resetKey ? null : { error: null, failed: false, resetKey: props.resetKey }
  }

  override render(): ReactNode {
    const again = (): void => this.setState({ error: null, failed: false })
    return this.state.failed ? this.props.fallback(this.state.error, again) : this.props.children
  }
}
