/** Test support: Multicall3 for a development chain, which has none. */
import { createClient, createTestClient, custom, decodeDeployData, deploylessCallViaBytecodeBytecode, erc20Abi, type Hex, http, parseAbi, zeroAddress } from 'viem'
import { call, multicall } from 'viem/actions'
import { MULTICALL3 } from './clients'

/** Puts the contract where every chain has it that has it. */
export async function putMulticall(url: string): Promise<void> {
  const anvil = createTestClient({ mode: 'anvil', transport: http(url) })
  // A call to nobody runs a constructor and gives back the code that it would leave.
  const { data } = await call(anvil, { data: await creationCode() })
  if (data === undefined) throw new Error('Multicall3 was not made')
  await anvil.setCode({ address: MULTICALL3, bytecode: data })
}

export async function takeMulticall(url: string): Promise<void> {
  await createTestClient({ mode: 'anvil', transport: http(url) }).setCode({ address: MULTICALL3, bytecode: '0x' })
}

/** viem carries the contract's code for chains without it and lets nobody have it, but sends it with a call. */
async function creationCode(): Promise<Hex> {
  const sent: Hex[] = []
  const listening = createClient({
    transport: custom({
      request: async ({ params: [{ data }] }: { readonly params: readonly [{ readonly data: Hex }] }) => {
        sent.push(data)
        throw new Error('heard')
      },
    }),
  })
  await multicall(listening, { deployless: true, contracts: [{ abi: erc20Abi, address: zeroAddress, functionName: 'name' }] })
  const [data] = sent
  if (data === undefined) throw new Error('viem sent nothing')
  const { args } = decodeDeployData({ abi: parseAbi(['constructor(bytes code, bytes data)']), bytecode: deploylessCallViaBytecodeBytecode, data })
  return args[0]
}
