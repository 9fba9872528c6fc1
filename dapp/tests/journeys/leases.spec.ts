import { privateKeyToAccount } from 'viem/accounts'
import { erc20PermitAbi } from '../../src/chain/abi/ERC20Permit'
import { expectAccessible } from '../harness/axe'
import { expect, STARTING_USD, test } from '../harness/test'
import { BATCH_CODE } from '../harness/wallet/batch'
import { settleBreached } from './parts/breach'
import { moment, money, percent } from './parts/expected'
import { connect } from './parts/people'
import { expectNoSidewaysScroll, settled } from './parts/settled'
import { shownOn, tableOf } from './parts/screen'
import { ask, countersOf, gpuHours, inTwoDays, Leases, price, reviewLease, SUNSET } from './parts/tenants'
import { squeezed } from './parts/squeezed'
import { carryOut } from './parts/writing'

const SENT = 'eth_sendTransaction'
const SIGNED = 'eth_signTypedData_v4'

test.describe('a tenant', () => {
  test.use({ ownChain: true })

  test('opens by permit, tops up, closes when reports have stopped for 14 days, and takes everything back', async ({ page, open, wallet, chain, world }) => {
    await chain.client.setIntervalMining({ interval: 1 })
    const leases = new Leases(chain, world)
    const asked = await inTwoDays(leases, 2n)
    const rate = await leases.rateOf(2n)
    const full = price(asked, rate, 'up')
    const least = await leases.runwayFor(asked, wallet.address)
    await open('/lease-capacity/2')
    await connect(page)
    await ask(page, asked)
    await page.getByRole('tab', { name: 'Least' }).click()
    await expect(page.getByText(/^Lasts until .* at full delivery\./)).toBeVisible()
    await reviewLease(page)
    const title = 'Lease 2 GPUs of fleet 2'
    await expect(page.getByRole('dialog', { name: title })).toContainText(money(least))
    await carryOut(page, title)
    const [leaseId] = await leases.openedBy(wallet.address)
    if (leaseId === undefined) throw new Error('no lease was opened')
    const { terms, account } = await leases.leaseOf(leaseId)
    expect(terms).toEqual({ rate, units: 2, start: Number(asked.start), end: Number(asked.end), fleetId: 2 })
    expect(account.held).toBe(least)
    expect(await leases.holderOf(leaseId)).toBe(wallet.address)
    expect(await chain.balanceOf(world.currency, wallet.address)).toBe(STARTING_USD - least)
    expect(wallet.asked(SIGNED)).toHaveLength(1)
    expect(wallet.asked(SENT)).toHaveLength(1)

    await expect(page.getByText('The lease is open')).toBeVisible()
    await page.getByRole('link', { name: 'your leases' }).click()
    await page.getByRole('rowheader').getByRole('link', { name: `Lease ${leaseId}` }).click()
    await expect(page.getByRole('heading', { name: `Lease ${leaseId}` })).toBeVisible()
    await expect(page.getByText('not begun')).toBeVisible()
    await expect(page.getByRole('main')).toContainText('Not before the lease is closed by its last reading.')
    const runway = money(await leases.runwayOf(leaseId))
    expect((await shownOn(page)).terms['Runway: least escrow']).toContain(runway)

    await page.getByRole('button', { name: `For the whole term: ${money(full - least)}` }).click()
    await page.getByRole('button', { name: 'Review the top-up' }).click()
    await carryOut(page, `Top up lease ${leaseId}`, { steps: 2 })
    expect((await leases.leaseOf(leaseId)).account.held).toBe(full)
    expect(await chain.balanceOf(world.currency, wallet.address)).toBe(STARTING_USD - full)
    await expect(page.getByRole('main')).toContainText('it pays for the rest of the term, with every GPU delivered')
    await expect(page.getByRole('table', { name: 'History' })).toContainText(`${money(full - least)} added by`)

    await expect(page.getByRole('button', { name: 'Close without a report' })).toHaveCount(0)
    await chain.moveTo(asked.start + SUNSET + 60n)
    await page.getByRole('button', { name: 'Close without a report' }).click()
    await carryOut(page, `Close lease ${leaseId} without a report`)
    expect((await leases.leaseOf(leaseId)).account.closed).toBe(true)
    await page.getByRole('button', { name: 'Withdraw the refund' }).click()
    await carryOut(page, `Withdraw the refund of lease ${leaseId}`)
    expect(await chain.balanceOf(world.currency, wallet.address)).toBe(STARTING_USD)
    await expect(page.getByRole('main')).toContainText('Nothing is left to refund.')
    await expect(page.getByRole('table', { name: 'History' })).toContainText(`${money(full)} refunded to`)
    await expectAccessible(page)
  })

  test('with a contract account approves exactly the escrow, then opens', async ({ page, open, wallet, chain, world }) => {
    await chain.client.setIntervalMining({ interval: 1 })
    await chain.client.setCode({ address: wallet.address, bytecode: BATCH_CODE })
    const leases = new Leases(chain, world)
    const asked = await inTwoDays(leases)
    await open('/lease-capacity/2')
    await connect(page)
    await ask(page, asked)
    await reviewLease(page)
    await carryOut(page, 'Lease 1 GPU of fleet 2', { steps: 2 })
    const full = price(asked, await leases.rateOf(2n), 'up')
    expect(wallet.asked(SIGNED)).toEqual([])
    expect(wallet.asked(SENT)).toHaveLength(2)
    expect(await leases.openedBy(wallet.address)).toHaveLength(1)
    expect(await chain.balanceOf(world.currency, wallet.address)).toBe(STARTING_USD - full)
    const allowance = await chain.client.readContract({ address: world.currency, abi: erc20PermitAbi, functionName: 'allowance', args: [wallet.address, leases.address] })
    expect(allowance).toBe(0n)
  })

  test('with a wallet that has batches approves and opens in one transaction', async ({ page, open, wallets, chain, world }) => {
    await chain.client.setIntervalMining({ interval: 1 })
    const wallet = await wallets.add({ batches: 'supported', key: await chain.freshKey() })
    await chain.mint(world.currency, wallet.address, STARTING_USD)
    await chain.client.setCode({ address: wallet.address, bytecode: BATCH_CODE })
    const leases = new Leases(chain, world)
    const asked = await inTwoDays(leases)
    await open('/lease-capacity/2')
    await connect(page)
    await ask(page, asked)
    await reviewLease(page)
    await carryOut(page, 'Lease 1 GPU of fleet 2')
    expect(wallet.asked('wallet_sendCalls')).toHaveLength(1)
    expect(await chain.client.getTransactionCount({ address: wallet.address })).toBe(1)
    expect(await leases.openedBy(wallet.address)).toHaveLength(1)
    expect(await chain.balanceOf(world.currency, wallet.address)).toBe(STARTING_USD - price(asked, await leases.rateOf(2n), 'up'))
  })
})

test.describe('what anyone may look at', () => {
  test('all leases: their terms and accounts as the chain has them', async ({ page, open, chain, world }) => {
    const leases = new Leases(chain, world)
    await open('/leases')
    await settled(page)
    const { rows } = tableOf(await shownOn(page), 'Leases, newest first')
    for (const leaseId of [1n, 2n]) {
      const { terms, account, reading } = await leases.leaseOf(leaseId)
      const row = rows.find(([first]) => first === `Lease ${leaseId}`)?.join(' | ') ?? ''
      expect(row).toContain(` | ${terms.units} | `)
      expect(row).toContain(`${moment(BigInt(terms.start))}`)
      expect(row).toContain(money(terms.rate))
      if (leaseId !== 1n) continue
      expect(account.closed).toBe(true)
      const end = BigInt(terms.end)
      expect(row).toContain(percent(countersOf(reading).delivered, BigInt(terms.units) * (end - BigInt(terms.start)), 2))
      expect(row).toContain('closed')
    }
    await expectAccessible(page)
  })

  test('a closed lease: its bill, to the smallest unit, and why the rest was not billed', async ({ page, open, chain, world }) => {
    const leases = new Leases(chain, world)
    const { terms, account, totals, reading, state } = await leases.leaseOf(1n)
    const { measured, delivered } = countersOf(reading)
    const sold = BigInt(terms.units) * BigInt(terms.end - terms.start)
    expect(account.closed).toBe(true)
    await open('/leases/1')
    await settled(page)
    await expect(page.getByText('closed', { exact: true })).toBeVisible()
    const shown = await shownOn(page)
    const { rows } = tableOf(shown, 'The meter, by reading')
    const cell = (name: string): string => rows.find(([first]) => first?.startsWith(name))?.[1] ?? ''
    expect(cell('Sold')).toBe(gpuHours(sold))
    expect(cell('Outage: not billed')).toBe(gpuHours(measured - delivered))
    expect(cell('Missing: not billed')).toBe(gpuHours(sold - measured))
    expect(cell('Not billed in all')).toBe(gpuHours(sold - delivered))
    expect(cell('Rent')).toBe(money((delivered * terms.rate) / 3600n))
    expect(shown.terms['Rent charged']).toContain(money(account.owed))
    expect(shown.terms['Credit owed to the lease']).toContain(money(totals.creditOwed))
    expect(shown.terms['Credit paid']).toContain(money(totals.creditOwed - state.creditUnpaid))
    await expectAccessible(page)
  })

  test('an open lease: what was delivered, lost and not measured, told apart, and the runway the contract wants', async ({ page, open, chain, world }) => {
    const leases = new Leases(chain, world)
    await open('/leases/2')
    await settled(page)
    // It may be settled anew at any moment.
    await expect(async () => {
      const [{ terms, account, reading }, runway] = await Promise.all([leases.leaseOf(2n), leases.runwayOf(2n)])
      const { measured, delivered } = countersOf(reading)
      const sold = BigInt(terms.units) * ((await leases.periodEnd(BigInt(account.settledEpoch))) - BigInt(terms.start))
      expect(measured).toBeGreaterThan(delivered)
      expect(sold).toBeGreaterThan(measured)
      const shown = await shownOn(page)
      const { head, rows } = tableOf(shown, 'The meter, by reading')
      expect(head[1]).toContain(`Settled to epoch ${account.settledEpoch}`)
      const cell = (name: string): string => rows.find(([first]) => first?.startsWith(name))?.[1] ?? ''
      expect(cell('Sold')).toBe(gpuHours(sold))
      expect(cell('Delivered: billed')).toBe(gpuHours(delivered))
      expect(cell('Outage: not billed')).toBe(gpuHours(measured - delivered))
      expect(cell('Missing: not billed')).toBe(gpuHours(sold - measured))
      expect(cell('Not billed in all')).toBe(gpuHours(sold - delivered))
      expect(cell('Rent')).toBe(money((delivered * terms.rate) / 3600n))
      expect(shown.terms['Delivered share']).toContain(percent(delivered, sold, 2))
      expect(shown.terms['Rent charged']).toContain(money(account.owed))
      expect(shown.terms['Runway: least escrow']).toContain(money(runway))
    }).toPass()
    await expectAccessible(page)
  })

  test('a tenant’s leases, watched by address, with what they want done and nothing to sign', async ({ page, open, chain, world }) => {
    const leases = new Leases(chain, world)
    const holder = privateKeyToAccount(world.keys['tenant'] ?? '0x').address
    const own = (await leases.openedBy(holder)).map((leaseId) => `Lease ${leaseId}`)
    await open(`/my-leases?as=${holder}`)
    await settled(page)
    const { rows } = tableOf(await shownOn(page), 'Leases, newest first')
    expect(rows.map(([first]) => first).sort()).toEqual([...own].sort())
    await expect(page.getByRole('heading', { name: 'To do' })).toBeVisible()
    await page.getByRole('rowheader').getByRole('link').first().click()
    await expect(page.getByRole('main')).toContainText('You are watching another address.')
    await expect(page.getByRole('button', { name: 'Review the top-up' })).toBeDisabled()
    await expectAccessible(page)
  })

  test('a lease and a fleet that there are not are said to be unknown', async ({ page, open }) => {
    await open('/leases/99999')
    await expect(page.getByRole('heading', { name: 'No such lease' })).toBeVisible()
    await expectAccessible(page)
    await open('/lease-capacity/99999')
    await expect(page.getByRole('heading', { name: 'No such fleet' })).toBeVisible()
    await expectAccessible(page)
  })
})

test.describe('a lease whose GPUs were not delivered as promised', () => {
  test.use({ ownChain: true })

  test('is credited for the breach out of the fleet’s bond, and the page says how much, why, and that it was paid', async ({ page, open, chain, world }) => {
    const leases = new Leases(chain, world)
    const [before, bondBefore] = [await leases.leaseOf(2n), (await leases.fleetAccount(1n)).bond]
    expect(before.totals.creditOwed).toBe(0n)
    const { measured, delivered } = countersOf(before.reading)
    const breached = (measured - delivered) / 2n
    await settleBreached(leases, 2n, breached)

    const { terms, account, totals, state, reading } = await leases.leaseOf(2n)
    const penalty = (breached * terms.rate * BigInt(state.penaltyBps)) / 36_000_000n
    const cap = (account.owed * BigInt(state.creditCapBps)) / 10_000n
    expect(countersOf(reading).breached).toBe(breached)
    expect(totals.creditOwed).toBeGreaterThan(0n)
    expect(totals.creditOwed).toBe(penalty < cap ? penalty : cap)
    expect(state.creditUnpaid).toBe(0n)
    expect((await leases.fleetAccount(1n)).bond).toBe(bondBefore - totals.creditOwed)
    expect(account.held).toBe(before.account.held - (account.owed - before.account.owed) + totals.creditOwed)

    await open('/leases/2')
    await settled(page)
    const shown = await shownOn(page)
    const { head, rows } = tableOf(shown, 'The meter, by reading')
    expect(head[1]).toContain(`Settled to epoch ${account.settledEpoch}`)
    const cell = (name: string): string => rows.find(([first]) => first?.startsWith(name))?.[1] ?? ''
    expect(cell('Breached')).toBe(gpuHours(breached))
    expect(cell('Credit for breaches')).toBe(money(totals.creditOwed))
    expect(shown.terms['Credit owed to the lease']).toContain(money(totals.creditOwed))
    expect(shown.terms['Credit paid']).toBe(money(totals.creditOwed))
    expect(shown.terms['Credit unpaid']).toBe(money(0n))
    await expect(page.getByRole('table', { name: 'History' })).toContainText(`Credit of ${money(totals.creditOwed)} paid from the fleet’s bond`)
  })
})

test('pages of leases at 320 pixels scroll nothing but their tables, and no cell is squeezed', async ({ page, open }) => {
  await page.setViewportSize({ width: 320, height: 900 })
  for (const route of ['/leases', '/leases/1', '/leases/2', '/lease-capacity/2', '/my-leases']) {
    await open(route)
    await settled(page)
    await expectNoSidewaysScroll(page)
    expect(await squeezed(page), route).toEqual([])
    await page.screenshot({ path: `../build/dapp-test/images/narrow${route.replaceAll('/', '-')}.png`, fullPage: true })
  }
})
