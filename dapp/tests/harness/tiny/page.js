// The least page that a wallet can be tried on: it lists the wallets that announce themselves, connects, sends, and says what came of it.
const say = (text) => (document.querySelector('[role=status]').textContent = text)
const on = (id, act) => document.getElementById(id).addEventListener('click', () => act().catch((error) => say(`error ${error.code ?? ''} ${error.message}`)))
let wallet, account

window.addEventListener('eip6963:announceProvider', ({ detail: { info, provider } }) => {
  if (document.getElementById(info.uuid)) return
  const button = document.createElement('button')
  button.id = info.uuid
  button.textContent = `Connect ${info.name} ${info.rdns}`
  document.querySelector('ul').append(document.createElement('li'))
  document.querySelector('li:last-child').append(button)
  on(info.uuid, async () => {
    wallet = provider
    say('asking')
    ;[account] = await provider.request({ method: 'eth_requestAccounts' })
    say(`connected ${account} on ${await provider.request({ method: 'eth_chainId' })}`)
    provider.on('accountsChanged', (accounts) => say(`account ${(account = accounts[0])}`))
    provider.on('chainChanged', (id) => say(`chain ${id}`))
  })
})
window.dispatchEvent(new Event('eip6963:requestProvider'))

const to = '0x00000000000000000000000000000000000000aa'
on('send', async () => {
  say('asking')
  say(`sent ${await wallet.request({ method: 'eth_sendTransaction', params: [{ from: account, to, value: '0x7' }] })}`)
})
on('sign', async () => {
  const typed = { domain: { name: 'Tiny' }, types: { Note: [{ name: 'amount', type: 'uint256' }] }, primaryType: 'Note', message: { amount: '115792089237316195423570985008687907853269984665640564039457584007913129639935' } }
  say(`signed ${await wallet.request({ method: 'eth_signTypedData_v4', params: [account, JSON.stringify(typed)] })}`)
})
on('batch', async () => {
  const calls = [5, 6].map((value) => ({ to, data: '0x', value: `0x${value}` }))
  const { id } = await wallet.request({ method: 'wallet_sendCalls', params: [{ version: '2.0.0', from: account, chainId: '0x7a69', atomicRequired: true, calls }] })
  const { status } = await wallet.request({ method: 'wallet_getCallsStatus', params: [id] })
  say(`batch ${status}`)
})
on('head', async () => {
  const { chain } = await (await fetch('config.json')).json()
  say('asking')
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_blockNumber', params: [] })
  const answer = await fetch(chain.rpcs[0], { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  say(`head ${Number((await answer.json()).result)}`)
})
