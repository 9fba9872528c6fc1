import { AbiDecodingDataSizeTooSmallError, BaseError, ContractFunctionRevertedError, ContractFunctionZeroDataError } from 'viem'
import type { Abi, ContractFunctionArgs, ContractFunctionName, ReadContractParameters, ReadContractReturnType } from 'viem'
import { readContract } from 'viem/actions'
import type { Chain } from '../chain'

/**
 * One view call at the query's block. Calls made in one turn of the event loop travel together (clients.ts): make all that do not need each
 * other's answers before awaiting the first. Rejects with viem's error; `chainFault` says what it means.
 */
export function read<
  const abi extends Abi | readonly unknown[],
  name extends ContractFunctionName<abi, 'pure' | 'view'>,
  const args extends ContractFunctionArgs<abi, 'pure' | 'view', name>,
>(chain: Chain, call: ReadContractParameters<abi, name, args>): Promise<ReadContractReturnType<abi, name, args>> {
  return readContract(chain.client, atBlock(call, chain.block.number))
}

function atBlock<T extends object>(call: T, blockNumber: bigint): T {
  return { ...call, blockNumber }
}

/** The name of the custom error a contract refused with; null when it was no refusal by a contract. */
export function revertName(error: unknown): string | null {
  const revert = revertOf(error)
  return revert === null ? null : (revert.data?.errorName ?? '')
}

/** The value, or null where the contract refuses with the error of that name. */
export async function unless<T>(name: string, value: Promise<T>): Promise<T | null> {
  try {
    return await value
  } catch (error) {
    if (revertName(error) === name) return null
    throw error
  }
}

/** The value, or null where there is no such function, or no contract, or it refuses: for contracts that strangers name. */
export async function orNull<T>(value: Promise<T>): Promise<T | null> {
  try {
    return await value
  } catch (error) {
    if (revertOf(error) !== null || isNoAnswer(error)) return null
    throw error
  }
}

/**
 * The refusal of a contract in an error. viem also takes an RPC's own internal failure (-32603) for one: a refusal counts only if it carries
 * what the contract returned or the RPC's code for it (3), lest a broken RPC make a lease look unknown.
 */
function revertOf(error: unknown): ContractFunctionRevertedError | null {
  if (!(error instanceof BaseError)) return null
  const revert = error.walk((each) => each instanceof ContractFunctionRevertedError)
  if (!(revert instanceof ContractFunctionRevertedError)) return null
  const said = revert.raw !== undefined || error.walk((each) => codeOf(each) === REVERTED) !== null
  return said ? revert : null
}

const REVERTED = 3

function isNoAnswer(error: unknown): boolean {
  return (
    error instanceof BaseError &&
    error.walk((each) => each instanceof ContractFunctionZeroDataError || each instanceof AbiDecodingDataSizeTooSmallError) !== null
  )
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}
