import type { ContractName } from '../config/schema'

/** Whether the chain is the one the configuration means. Writes are off unless `ok`. */
export type Deployment =
  | { readonly state: 'checking' }
  | { readonly state: 'ok' }
  | { readonly state: 'wrong'; readonly what: readonly WrongDeployment[] }

/** What is not as the configuration says; ids `errors.<code>` in src/chain/messages. */
export type WrongDeployment =
  | { readonly code: 'deployment.wrongChain'; readonly args: { readonly expected: string; readonly actual: string; readonly url: string } }
  | { readonly code: 'deployment.noCode'; readonly args: { readonly contract: ContractName; readonly address: string } }
  | { readonly code: 'deployment.wrongCode'; readonly args: { readonly contract: ContractName; readonly address: string } }
