import { privateKeyToAddress } from 'viem/accounts'
import { expectAccessible } from '../harness/axe'
import { expect, STARTING_USD, test } from '../harness/test'
import { booked, connect, costOf, review, UNIT, writing } from './parts/people'
import { settled } from './parts/settled'

const CONNECT = { name: 'Connect a wallet' } as const

test('no wallet announced itself: the page says what to do', async ({ page, open }) => {
  await open('/network')
  await page.getByRole('button', CONNECT).click()
  const dialog = page.getByRole('dialog', CONNECT)
  await expect(dialog).toContainText('No wallet has announced itself in this browser.')
  await expect(dialog).toContainText('EIP-6963')
  await expectAccessible(page)
})

test('a window.ethereum that never announced itself is neither offered nor asked', async ({ page, open }) => {
  await page.addInitScript(() => {
    const asked: string[] = []
    const note = (name: string) => (...given: readonly unknown[]) => {
      asked.push(`${name} ${JSON.stringify(given)}`)
      return Promise.resolve([])
    }
    const calls = ['request', 'send', 'sendAsync', 'enable', 'on', 'once', 'addListener'].map((name) => [name, note(name)] as const)
    Object.assign(window, { ethereum: { ...Object.fromEntries(calls), isMetaMask: true, selectedAddress: null, asked } })
  })
  await open('/invest/1')
  await settled(page)
  await page.getByRole('button', CONNECT).click()
  const dialog = page.getByRole('dialog', CONNECT)
  await expect(dialog).toContainText('No wallet has announced itself in this browser.')
  await expect(dialog.getByRole('listitem').getByRole('button')).toHaveCount(0)
  expect(await page.evaluate((): unknown => Reflect.get(Object(Reflect.get(window, 'ethereum')), 'asked'))).toEqual([])
})

test('a wallet that announces itself is offered by its name, connects, is found again at the next visit, and is let go', async ({ page, open, wallet }) => {
  await open('/network')
  await settled(page)
  // Nobody is asked before a person chose.
  expect(wallet.requests).toEqual([])
  await connect(page)
  const account = page.getByRole('button', { name: /^Wallet: account/ })
  await expect(account).toContainText(wallet.address.slice(2, 6))
  await page.reload()
  await expect(account).toBeVisible()
  expect(wallet.asked('eth_requestAccounts').length).toBeLessThanOrEqual(1)
  await account.click()
  const dialog = page.getByRole('dialog', { name: 'Your wallet' })
  await expect(dialog).toContainText(wallet.address)
  await expect(dialog).toContainText('Plain account')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Disconnect' }).click()
  await expect(page.getByRole('button', CONNECT)).toBeVisible()
  await page.reload()
  await settled(page)
  await expect(page.getByRole('button', CONNECT)).toBeVisible()
})

test('two wallets under one identity are told apart, said to be so, and neither is connected by itself', async ({ page, open, wallets, chain }) => {
  const one = await wallets.add({ name: 'One', rdns: 'org.same', key: await chain.freshKey() })
  const two = await wallets.add({ name: 'Two', rdns: 'org.same', key: await chain.freshKey() })
  await open('/network')
  await page.getByRole('button', CONNECT).click()
  const dialog = page.getByRole('dialog', CONNECT)
  await expect(dialog.getByText('Another wallet claims the same identity')).toHaveCount(2)
  await expect(dialog).toContainText(one.info.uuid.slice(0, 8))
  await dialog.getByRole('button', { name: /Two/ }).click()
  await page.getByRole('button', { name: /^Wallet: account/ }).click()
  await expect(page.getByRole('dialog', { name: 'Your wallet' })).toContainText(two.address)
  expect(one.requests).toEqual([])
})

test('a wallet’s name and picture do no harm', async ({ page, open, wallets }) => {
  const icon = 'data:image/svg+xml,%3Csvg xmlns="http://www.w3.org/2000/svg"%3E%3Cscript%3Edocument.title="owned"%3C/script%3E%3C/svg%3E'
  await wallets.add({ name: `<b>Good</b>\u202Edab${'x'.repeat(10_000)}`, icon })
  await wallets.add({ name: 'Other', rdns: 'org.other', icon: 'https://example.com/track.png' })
  await open('/network')
  await page.getByRole('button', CONNECT).click()
  const dialog = page.getByRole('dialog', CONNECT)
  await expect(dialog).toContainText('<b>Good</b>')
  await expect(dialog.locator('b')).toHaveCount(0)
  expect((await dialog.innerText()).length).toBeLessThan(1_000)
  await expect(page).toHaveTitle(/Wellhead/)
})

test('a refusal is the person’s own: the page says so, and it can be tried again', async ({ page, open, wallet }) => {
  wallet.mode = 'reject'
  await open('/network')
  await page.getByRole('button', CONNECT).click()
  const dialog = page.getByRole('dialog', CONNECT)
  await dialog.getByRole('button', { name: /Test Wallet/ }).click()
  await expect(dialog.getByRole('status')).toContainText('You declined in the wallet. Nothing was changed.')
  await expect(dialog.getByRole('alert')).toHaveCount(0)
  wallet.mode = 'approve'
  await dialog.getByRole('button', { name: /Test Wallet/ }).click()
  await expect(page.getByRole('button', { name: /^Wallet: account/ })).toBeVisible()
})

test('a silent wallet is waited for, can be given up, and its late answer connects nobody', async ({ page, open, wallet }) => {
  wallet.mode = 'hang'
  await open('/network')
  await page.getByRole('button', CONNECT).click()
  const dialog = page.getByRole('dialog', CONNECT)
  await dialog.getByRole('button', { name: /Test Wallet/ }).click()
  await expect(dialog).toContainText('Open the wallet and answer there.')
  await expect.poll(() => wallet.waiting).toBe(1)
  await dialog.getByRole('button', { name: 'Stop waiting' }).click()
  await expect(dialog.getByText('Open the wallet and answer there.')).toHaveCount(0)
  wallet.answerWaiting('approve')
  await expect.poll(() => wallet.connected).toBe(true)
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', CONNECT)).toBeVisible()
})

test('another account in the wallet is the page’s at once, also in the middle of a form, and the form is kept', async ({ page, open, wallet, chain, world }) => {
  const first = wallet.address
  await open('/invest/1')
  await connect(page)
  await page.getByRole('textbox', { name: 'Shares', exact: true }).fill('3')
  await expect(page.getByRole('button', { name: 'Review the purchase' })).toBeEnabled()
  const key = await chain.freshKey()
  const other = privateKeyToAddress(key)
  await chain.mint(world.currency, other, 7_000_000n)
  await wallet.useKey(key)
  await expect(page.getByRole('button', { name: /^Wallet: account/ })).toContainText(other.slice(2, 6))
  await expect(page.getByRole('textbox', { name: 'Shares', exact: true })).toHaveValue('3')
  await expect(page.getByRole('main')).toContainText(/You have\s*7\.00\s*tUSD/u)
  // And what is reviewed now is the new account's.
  await review(page, '3')
  await writing(page).go()
  await expect(writing(page).dialog).toContainText('Confirmed')
  const cost = await costOf(chain, world, 3n * UNIT)
  expect(await booked(chain, world, other)).toEqual({ shares: 3n * UNIT, paid: cost })
  expect(await chain.balanceOf(world.currency, other)).toBe(7_000_000n - cost)
  expect(await booked(chain, world, first)).toEqual({ shares: 0n, paid: 0n })
})

test('another chain in the middle of a form, and of its dialog, holds up the signing alone: what was typed stays, and it goes on when the chain is back', async ({ page, open, wallet, chain, world }) => {
  await open('/invest/1')
  await connect(page)
  const field = page.getByRole('textbox', { name: 'Shares', exact: true })
  const button = page.getByRole('button', { name: 'Review the purchase' })
  await field.fill('2.5')
  await expect(button).toBeEnabled()
  await wallet.useChain(1)
  await expect(page.getByRole('button', { name: 'Not on Anvil' })).toBeVisible()
  await expect(button).toBeDisabled()
  await expect(page.getByRole('main')).toContainText('The wallet stands on another chain.')
  await expect(field).toHaveValue('2.5')
  await wallet.useChain(chain.id)
  await expect(button).toBeEnabled()
  await expect(field).toHaveValue('2.5')
  await button.click()
  const { dialog, go } = writing(page)
  await expect(dialog).toContainText('it works')
  await wallet.useChain(1)
  await expect(dialog).toContainText('The wallet stands on another chain.')
  await expect(dialog.getByRole('button', { name: 'Sign the permit' })).toHaveCount(0)
  expect(wallet.asked('eth_signTypedData_v4')).toEqual([])
  await wallet.useChain(chain.id)
  await go()
  await expect(dialog).toContainText('Confirmed, 2 of 2')
  const cost = await costOf(chain, world, 2_500_000n)
  expect(await booked(chain, world, wallet.address)).toEqual({ shares: 2_500_000n, paid: cost })
  expect(await chain.balanceOf(world.currency, wallet.address)).toBe(STARTING_USD - cost)
})

test('a wallet that lets go of the page is let go of', async ({ page, open, wallet }) => {
  await open('/invest/1')
  await connect(page)
  await wallet.forgetPage()
  await expect(page.getByRole('button', CONNECT)).toBeVisible()
  await expect(page.getByRole('main')).toContainText('Connect a wallet first.')
})

test.describe('on another chain', () => {
  test('one that knows this chain is asked to change to it', async ({ page, open, wallets, chain }) => {
    const wallet = await wallets.add({ key: await chain.freshKey(), chainId: 1 })
    await open('/invest/1')
    await connect(page)
    await expect(page.getByRole('main')).toContainText('The wallet stands on another chain.')
    await page.getByRole('button', { name: 'Not on Anvil' }).click()
    const dialog = page.getByRole('dialog', { name: 'Your wallet' })
    await expect(dialog).toContainText('It now stands on the chain with id 1.')
    wallet.mode = 'reject'
    await dialog.getByRole('button', { name: 'Change to Anvil' }).click()
    await expect(dialog).toContainText('You declined in the wallet. Nothing was changed.')
    wallet.mode = 'approve'
    await dialog.getByRole('button', { name: 'Change to Anvil' }).click()
    await expect(dialog.getByText('It now stands on')).toHaveCount(0)
    await expect(page.getByRole('button', { name: 'Not on Anvil' })).toHaveCount(0)
    expect(wallet.chainId).toBe(chain.id)
    expect(wallet.asked('wallet_addEthereumChain')).toEqual([])
  })

  test('one that does not know this chain is given it', async ({ page, open, wallets, chain }) => {
    const wallet = await wallets.add({ key: await chain.freshKey(), chainId: 1, knowsChain: false })
    await open('/network')
    await connect(page)
    await page.getByRole('button', { name: 'Not on Anvil' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Change to Anvil' }).click()
    await expect(page.getByRole('button', { name: 'Not on Anvil' })).toHaveCount(0)
    expect(wallet.chainId).toBe(chain.id)
    const [added] = wallet.asked('wallet_addEthereumChain')
    expect(added?.params[0]).toMatchObject({ chainId: '0x7a69', chainName: 'Anvil', rpcUrls: [chain.url] })
  })

  test('one that will not add it: the page gives the values to type in', async ({ page, open, wallets, chain, world }) => {
    const wallet = await wallets.add({ key: await chain.freshKey(), chainId: 1, knowsChain: false, adds: false })
    await open('/network')
    await connect(page)
    await page.getByRole('button', { name: 'Not on Anvil' }).click()
    const dialog = page.getByRole('dialog', { name: 'Your wallet' })
    await dialog.getByRole('button', { name: 'Change to Anvil' }).click()
    await expect(dialog).toContainText('Add the network in the wallet’s own settings with these values')
    await expect(dialog).toContainText('31337')
    await expect(dialog).toContainText(world.rpcUrl.replace(/\/$/, ''))
    expect(wallet.chainId).toBe(1)
    await expectAccessible(page)
  })
})
