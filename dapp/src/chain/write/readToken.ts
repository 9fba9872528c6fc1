import { type Abi, type Address, type Hex, decodeFunctionResult, domainSeparator, encodeFunctionData, isAddressEqual, parseAbi } from 'viem'
import { erc20PermitAbi } from '../abi/ERC20Permit'
import { revertDataOf } from './revertData'
import type { Reader } from './simulate'

/** The EIP-712 domain of a token's permits. */
export interface PermitDomain {
  readonly name: string
  readonly version: string
  readonly chainId: number
  readonly verifyingContract: Address
}

const VERSION = parseAbi(['function version() view returns (string)'])
/** Tried in this order for tokens that do not say their version; USDC's is 2. */
const VERSIONS = ['1', '2']

/** What `owner` lets `spender` take of a token, in its smallest unit. Rejects where the chain did not answer. */
export async function allowanceOf(reader: Reader, token: Address, owner: Address, spender: Address): Promise<bigint> {
  const allowance = await read(reader, token, erc20PermitAbi, 'allowance', [owner, spender])
  return typeof allowance === 'bigint' ? allowance : 0n
}

/** The nonce of the owner's next permit; null where the token has none. */
export async function permitNonceOf(reader: Reader, token: Address, owner: Address): Promise<bigint | null> {
  const nonce = await read(reader, token, erc20PermitAbi, 'nonces', [owner])
  return typeof nonce === 'bigint' ? nonce : null
}

/**
 * The domain in which a token takes permits: what it says of itself (eip712Domain), else its name with its own version or a usual one, but only one whose
 * separator is the token's DOMAIN_SEPARATOR. Null where none is: a signature in another domain would be worthless. Rejects where the
 * chain did not answer.
 */
export async function permitDomainOf(reader: Reader, token: Address, chainId: number): Promise<PermitDomain | null> {
  const separator = await read(reader, token, erc20PermitAbi, 'DOMAIN_SEPARATOR', [])
  if (typeof separator !== 'string') return null
  const [said, name, version] = await Promise.all([
    read(reader, token, erc20PermitAbi, 'eip712Domain', []),
    read(reader, token, erc20PermitAbi, 'name', []),
    read(reader, token, VERSION, 'version', []),
  ])
  const own = saidDomain(said)
  const named = typeof name === 'string' ? [typeof version === 'string' ? version : null, ...VERSIONS] : []
  const candidates = [own, ...named.map((each) => (each === null || typeof name !== 'string' ? null : { name, version: each }))]
  for (const candidate of candidates) {
    if (candidate === null) continue
    const domain: PermitDomain = { ...candidate, chainId, verifyingContract: token }
    if (domainSeparator({ domain }).toLowerCase() === separator.toLowerCase()) return domain
  }
  return null

  function saidDomain(answer: unknown): { name: string; version: string } | null {
    if (!Array.isArray(answer)) return null
    const [fields, itsName, itsVersion, itsChain, itsContract] = answer as readonly unknown[]
    // 0x0f: name, version, chainId and verifyingContract, no salt.
    if (fields !== '0x0f' || typeof itsName !== 'string' || typeof itsVersion !== 'string') return null
    if (itsChain !== BigInt(chainId) || typeof itsContract !== 'string' || !isAddressEqual(itsContract as Address, token)) return null
    return { name: itsName, version: itsVersion }
  }
}

/** What a view function answers; null where it reverts, answers nothing, or what its type cannot hold. Rejects where the chain did not answer. */
async function read(reader: Reader, to: Address, abi: Abi | typeof erc20PermitAbi, functionName: string, args: readonly unknown[]): Promise<unknown> {
  const any: Abi = abi
  const data = encodeFunctionData({ abi: any, functionName, args: [...args] })
  let answer: Hex
  try {
    answer = await reader.request({ method: 'eth_call', params: [{ to, data }, 'latest'] })
  } catch (error) {
    if (revertDataOf(error) !== null) return null
    throw error
  }
  try {
    return answer === '0x' ? null : decodeFunctionResult({ abi: any, functionName, data: answer })
  } catch {
    return null
  }
}
