import { privateKeyToAccount } from 'viem/accounts'
import { expect, test } from '../harness/test'
import { takePictures } from '../harness/pictures'
import { connect } from '../journeys/parts/people'
import { settled } from '../journeys/parts/settled'

// The main pages as people see them, for the docs: each in both themes, on a desktop and on a phone.
const PAGES = {
  fleets: '/fleets',
  fleet: '/fleets/1',
  money: '/fleets/1?part=money',
  invest: '/invest/1',
  lease: '/leases/2',
} as const

for (const [name, route] of Object.entries(PAGES)) {
  test(`a picture of ${route}`, async ({ page, open }) => {
    await open(route)
    await settled(page)
    await takePictures(page, name)
  })
}

for (const [name, who, route] of [
  ['portfolio', 'investor', '/portfolio'],
  ['operate', 'operator', '/operate/1'],
] as const) {
  test(`a picture of ${route}`, async ({ page, open, world }) => {
    await open(`${route}?as=${privateKeyToAccount(world.keys[who] ?? '0x').address}`)
    await settled(page)
    await takePictures(page, name)
  })
}

test('a picture of a reading that was verified', async ({ page, open }) => {
  await open('/reports/12')
  await settled(page)
  await page.getByRole('button', { name: 'Verify the reading of Fleet 1', exact: true }).click()
  const verdict = page.getByText('Verified in this browser')
  await expect(verdict).toBeVisible()
  await takePictures(page, 'verified', verdict)
})

test.describe('before signing', () => {
  test.use({ ownChain: true })

  test('a picture of what a purchase will do', async ({ page, open, wallet }) => {
    await open('/invest/1')
    await connect(page)
    await page.getByRole('textbox', { name: 'Shares', exact: true }).fill('250')
    await page.getByRole('button', { name: 'Review the purchase' }).click()
    await expect(page.getByRole('dialog')).toContainText('it works')
    await takePictures(page, 'buying')
    expect(wallet.asked('eth_sendTransaction')).toEqual([])
  })
})
