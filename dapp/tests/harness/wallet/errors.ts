/** Codes of EIP-1193, and of EIP-3085 for a chain a wallet was never told of. */
export const REJECTED = 4001
export const UNAUTHORIZED = 4100
export const UNSUPPORTED = 4200
export const NOT_CONNECTED = 4901
export const UNKNOWN_CHAIN = 4902

/** An error as a wallet words it to a page. */
export class WalletError extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly data?: unknown,
  ) {
    super(message)
  }
}
