import { BaseError, ContractFunctionRevertedError, ContractFunctionZeroDataError, HttpRequestError, TimeoutError } from 'viem'
import { isolated, visibleName } from '../format/name'

/** Why something could not be read; ids `errors.<code>` in src/chain/messages. */
export type ChainFault =
  | { readonly code: 'chain.timedOut'; readonly args: { readonly url: string } }
  | { readonly code: 'chain.unreachable'; readonly args: { readonly url: string } }
  | { readonly code: 'chain.refused'; readonly args: { readonly error: string } }
  | { readonly code: 'chain.noContract'; readonly args: Readonly<Record<string, never>> }
  | { readonly code: 'chain.logsRefused'; readonly args: { readonly url: string } }
  | { readonly code: 'chain.failed'; readonly args: { readonly message: string } }

/** Thrown where a read fails for a reason of this page's own. */
export class ChainFailure extends Error {
  constructor(readonly fault: ChainFault) {
    super(fault.code)
    this.name = 'ChainFailure'
  }
}

const MAX_MESSAGE = 200

/** What an error that a read rejected with means, as it can be shown. */
export function chainFault(error: unknown): ChainFault {
  if (error instanceof ChainFailure) return error.fault
  if (!(error instanceof BaseError)) return failed(error instanceof Error ? error.message : String(error))
  const timeout = error.walk((each) => each instanceof TimeoutError)
  if (timeout instanceof TimeoutError) return { code: 'chain.timedOut', args: { url: bare(timeout.url) } }
  const request = error.walk((each) => each instanceof HttpRequestError)
  if (request instanceof HttpRequestError) return { code: 'chain.unreachable', args: { url: bare(request.url) } }
  const revert = error.walk((each) => each instanceof ContractFunctionRevertedError)
  if (revert instanceof ContractFunctionRevertedError) {
    const name = revert.data?.errorName
    // What `require` says is of more use than that it was `Error`.
    const said = name === 'Error' ? revert.reason : (name ?? revert.signature ?? revert.reason)
    return { code: 'chain.refused', args: { error: foreign(said ?? '') } }
  }
  if (error.walk((each) => each instanceof ContractFunctionZeroDataError) !== null) return { code: 'chain.noContract', args: {} }
  return failed(error.shortMessage)
}

function failed(message: string): ChainFault {
  return { code: 'chain.failed', args: { message: foreign(message) } }
}

/** What an RPC or a contract wrote, to stand in a sentence of this page's. */
function foreign(text: string): string {
  return isolated(visibleName(text, MAX_MESSAGE))
}

/** As the configuration has it: viem puts a slash behind an origin. */
function bare(url: string): string {
  return url.replace(/\/+$/, '')
}
