import type { Address } from 'viem'
import { erc20PermitAbi } from '../abi/ERC20Permit'
import type { Chain } from '../chain'
import { orNull, read } from './call'

/** An ERC-20. `name` and `symbol` are what a stranger wrote: show them by visibleName. */
export interface Token {
  readonly address: Address
  readonly name: string
  readonly symbol: string
  readonly decimals: number
}

/** The token at `address`; null when what is there has no decimals. Strings that are missing are empty. */
export async function readToken(chain: Chain, address: Address): Promise<Token | null> {
  const at = { address, abi: erc20PermitAbi } as const
  const [decimals, name, symbol] = await Promise.all([
    orNull(read(chain, { ...at, functionName: 'decimals' })),
    orNull(read(chain, { ...at, functionName: 'name' })),
    orNull(read(chain, { ...at, functionName: 'symbol' })),
  ])
  if (decimals === null) return null
  return { address, name: name ?? '', symbol: symbol ?? '', decimals }
}

/** Smallest units of a token, or of a share, that `holder` has. */
export function readBalance(chain: Chain, token: Address, holder: Address): Promise<bigint> {
  return read(chain, { address: token, abi: erc20PermitAbi, functionName: 'balanceOf', args: [holder] })
}

/** Smallest units of `owner`'s that `spender` may take. */
export function readAllowance(chain: Chain, token: Address, owner: Address, spender: Address): Promise<bigint> {
  return read(chain, { address: token, abi: erc20PermitAbi, functionName: 'allowance', args: [owner, spender] })
}
