import { expectAccessible } from '../harness/axe'
import { expect, test } from '../harness/test'
import { money, percent } from '../journeys/parts/expected'
import { connect } from '../journeys/parts/people'
import { shownOn, tableOf } from '../journeys/parts/screen'
import { countersOf, gpuHours, Leases } from '../journeys/parts/tenants'
import { carryOut } from '../journeys/parts/writing'
import { openShortLease, waitUntilFinal, type MeteredLease } from './shortLease'

/** A lease of the world that was metered to its end, before the chain of the test's own is copied from the world's: its keeper has no say there. */
const metered = test.extend<{ short: MeteredLease }>({
  short: async ({ world }, use) => use(await openShortLease(world)),
  chain: async ({ short, chain }, use) => {
    expect(short.leaseId).toBeGreaterThan(0n)
    await use(chain)
  },
})

metered.describe('a lease whose term is over', () => {
  metered.use({ ownChain: true })

  metered('is settled by its verified last reading, shows what was not billed and why, is closed, and pays the rest back', async ({ page, open, wallets, short, chain, world }) => {
    metered.setTimeout(300_000)
    const { leaseId, asked, escrow, epoch } = short
    await chain.client.setIntervalMining({ interval: 1 })
    const leases = new Leases(chain, world)
    expect((await leases.leaseOf(leaseId)).account.closed).toBe(false)
    await chain.moveTo(await waitUntilFinal(world, short))
    const wallet = await wallets.add({ key: short.key })
    await open(`/leases/${leaseId}`)
    await connect(page)
    await expect(page.getByText('ended', { exact: true })).toBeVisible()
    await page.getByRole('button', { name: 'Verify the reading and settle' }).click()
    await carryOut(page, `Settle lease ${leaseId}`)

    const { account, totals, state, reading } = await leases.leaseOf(leaseId)
    const { delivered, measured, utilised, breached } = countersOf(reading)
    const sold = asked.units * (asked.end - asked.start)
    const rate = await leases.rateOf(asked.fleet)
    expect(account.closed).toBe(true)
    expect(account.settledEpoch).toBe(Number(epoch))
    expect(account.owed).toBe((delivered * rate) / 3600n)
    expect(delivered).toBeGreaterThan(0n)
    await expect(page.getByText('closed', { exact: true })).toBeVisible()
    const { rows } = tableOf(await shownOn(page), 'The meter, by reading')
    const cell = (name: string): string => rows.find(([first]) => first?.startsWith(name))?.[1] ?? ''
    expect(cell('Sold')).toBe(gpuHours(sold))
    expect(cell('Delivered: billed')).toBe(gpuHours(delivered))
    expect(cell('Outage: not billed')).toBe(gpuHours(measured - delivered))
    expect(cell('Missing: not billed')).toBe(gpuHours(sold - measured))
    expect(cell('Not billed in all')).toBe(gpuHours(sold - delivered))
    expect(cell('Utilised')).toBe(gpuHours(utilised))
    expect(cell('Breached')).toBe(gpuHours(breached))
    expect(cell('Rent')).toBe(money(account.owed))
    expect(cell('Credit for breaches')).toBe(money(totals.creditOwed))
    await expect(page.getByRole('main')).toContainText(percent(delivered, sold, 2))
    await expect(page.getByRole('table', { name: 'History' })).toContainText(`Closed by its last reading, ${money(account.held)} to refund`)
    expect(account.held).toBe(escrow - account.owed + totals.creditOwed - state.creditUnpaid)
    expect(account.held).toBeGreaterThan(0n)

    await page.getByRole('button', { name: 'Withdraw the refund' }).click()
    await carryOut(page, `Withdraw the refund of lease ${leaseId}`)
    expect(await chain.balanceOf(world.currency, wallet.address)).toBe(account.held)
    expect((await leases.leaseOf(leaseId)).account.held).toBe(0n)
    await expect(page.getByRole('main')).toContainText('Nothing is left to refund.')
    await expectAccessible(page)
  })
})
