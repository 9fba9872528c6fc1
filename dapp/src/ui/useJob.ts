import { useCallback, useEffect, useRef, useState } from 'react'

/** A long work the person started: nothing yet, under way (0 to 1; null where its length is not known), what came of it, or that it failed. */
export type Job<T> =
  | { readonly state: 'idle' }
  | { readonly state: 'running'; readonly done: number | null }
  | { readonly state: 'done'; readonly value: T }
  | { readonly state: 'failed' }

export type Work<T> = (signal: AbortSignal, tell: (done: number | null) => void) => Promise<T>

/** One work at a time: starting another, or leaving the page, ends the one before. */
export function useJob<T>(): readonly [Job<T>, (work: Work<T>) => void] {
  const [job, setJob] = useState<Job<T>>({ state: 'idle' })
  const running = useRef<AbortController | null>(null)
  useEffect(() => () => running.current?.abort(), [])
  const start = useCallback((work: Work<T>) => {
    running.current?.abort()
    const own = new AbortController()
    running.current = own
    const show = (next: Job<T>): void => {
      if (!own.signal.aborted) setJob(next)
    }
    show({ state: 'running', done: null })
    work(own.signal, (done) => show({ state: 'running', done })).then(
      (value) => show({ state: 'done', value }),
      () => show({ state: 'failed' }),
    )
  }, [])
  return [job, start]
}
