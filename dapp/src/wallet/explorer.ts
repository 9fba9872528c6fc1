/** The explorer's page of a transaction; null where none is configured. */
export function transactionLink(explorer: string | null, hash: string): string | null {
  return explorer === null ? null : `${explorer}/tx/${hash}`
}

/** The explorer's page of an address; null where none is configured. */
export function addressLink(explorer: string | null, address: string): string | null {
  return explorer === null ? null : `${explorer}/address/${address}`
}
