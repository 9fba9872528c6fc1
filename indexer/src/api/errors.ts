/** A request that cannot be answered; `code` is for programs, the message says what to do. */
export class QueryError extends Error {
  override readonly name = "QueryError"

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}
