import type { Token } from '../../../chain/read/tokens'
import { differencesOf, type Difference, type State } from './compare'
import type { BooksFault } from './books'
import { keyOf } from './facts'
import type { Books } from './keepBooks'
import type { Address } from './movement'

/** What a share is called and counted in, and the currency that it earns. */
export interface Naming {
  readonly share: Address
  readonly symbol: string
  readonly decimals: number
  readonly token: Token | null
}

/** Books, what the chain says at their closing block, and what they are counted in. */
export interface Account {
  readonly chainId: number
  readonly books: Books
  readonly blockHash: `0x${string}`
  readonly state: State
  readonly naming: readonly Naming[]
  readonly source: 'indexer' | 'logs'
}

/** A statement is books in which nothing is missing and every closing figure is the chain's. `account` without it is none. */
export type Verdict =
  | { readonly agrees: true; readonly statement: Account & { readonly agreed: true } }
  | { readonly agrees: false; readonly differences: readonly Difference[]; readonly faults: readonly BooksFault[] }

export function verdictOf(account: Account): Verdict {
  const differences = differencesOf(account.books, account.state)
  const { faults } = account.books
  return differences.length === 0 && faults.length === 0
    ? { agrees: true, statement: { ...account, agreed: true } }
    : { agrees: false, differences, faults }
}

/** The agreed account, which the files are made of: books that do not agree cannot be made into one. */
export type Statement = Extract<Verdict, { readonly agrees: true }>['statement']

/** What a share is called. A share that the chain did not name is counted in smallest units. */
export function namingOf({ naming }: Pick<Account, 'naming'>, share: Address): Naming {
  return naming.find((each) => keyOf(each.share) === keyOf(share)) ?? { share, symbol: '', decimals: 0, token: null }
}
