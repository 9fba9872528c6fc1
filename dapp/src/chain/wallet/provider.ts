/** An EIP-1193 provider, of which nothing is believed but that it has `request`. */
export interface Provider {
  readonly request: (call: { readonly method: string; readonly params?: unknown }) => Promise<unknown>
}

/** Thrown by `inTime`. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

export function isProvider(value: unknown): value is Provider {
  return typeof value === 'object' && value !== null && 'request' in value && typeof value.request === 'function'
}

/** What was promised, or NoAnswer after `ms`: for questions that a wallet answers by itself. One that a person answers may take for ever. */
export async function inTime<T>(answer: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(`no answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
