import { AxeBuilder } from '@axe-core/playwright'
import { expect, test as base } from '@playwright/test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BANDS, HOURS, START } from '../../src/ui/gallery/samples'
import { guardContext } from '../harness/guard'
import { columnsOf, groundOf, patternIn, TILE } from './canvasColumns'
import { buildGallery, serveGallery } from './gallery'

/** The kit on its own, under the page's content policy: built once a worker. */
const test = base.extend<{ guarded: void }, { gallery: string }>({
  gallery: [
    // Playwright reads a fixture's needs from this pattern.
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const folder = await mkdtemp(join(tmpdir(), 'gallery-'))
      await buildGallery(folder)
      const { url, server } = await serveGallery(folder)
      await use(url)
      server.close()
      await rm(folder, { recursive: true })
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  guarded: [
    async ({ context, gallery }, use) => {
      const guard = await guardContext(context)
      guard.allowOrigin(gallery)
      await use()
      expect(guard.problems(), 'what nobody may see').toEqual([])
    },
    { auto: true },
  ],
})

const THEMES = ['light', 'dark'] as const

for (const theme of THEMES) {
  for (const width of [1280, 320]) {
    test(`the kit has no fault of access and is not wider than the page: ${theme}, ${width} px`, async ({ page, gallery }) => {
      await page.setViewportSize({ width, height: 900 })
      await page.goto(`${gallery}?theme=${theme}`)
      await expect(page.locator('.u-over')).not.toHaveCount(0)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
      expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
    })
  }
}

test('the keyboard moves a chart’s cursor, which says the time, and the values are read out', async ({ page, gallery }) => {
  await page.goto(gallery)
  const chart = page.getByRole('figure', { name: 'Share of the 8 GPUs' })
  const cursor = chart.getByRole('slider')
  await cursor.focus()
  await page.keyboard.press('Home')
  await expect(cursor).toHaveAttribute('aria-valuetext', '5 Oct 2026, 00:00 UTC')
  await expect(chart.getByRole('status')).toHaveText('busy no value; delivered, not busy no value; This node was not there yet, 00:00–02:00')
  await page.keyboard.press('End')
  await expect(cursor).toHaveAttribute('aria-valuenow', '48')
  await expect(chart.getByRole('status')).toHaveText(/^busy \d+\.\d %; delivered, not busy \d+\.\d %$/)
  await page.keyboard.press('Escape')
  await expect(chart.getByRole('status')).toHaveText('')
})

test('a chart’s table says why there is no value', async ({ page, gallery }) => {
  await page.goto(gallery)
  const chart = page.getByRole('figure', { name: 'Share of the 8 GPUs' })
  await chart.getByText('The same as a table').click()
  await expect(chart.getByRole('row')).toHaveCount(49)
  await expect(chart.getByRole('row', { name: /14:00 UTC/ }).first()).toContainText('No telemetry 14:00–16:00')
})

/** What the gallery's key says of each kind of band. */
const KEY = { outage: 'outage: measured, not delivered', missing: 'no telemetry', unknown: 'this node does not know' } as const
/** Shares of the span: the middle of each band, and an hour without one, when power is low and the top of the plot empty. */
const MIDDLES = BANDS.map(({ from, to }) => ((Number(from) + Number(to)) / 2 - START) / (HOURS * 3600))
const MEASURED = 25 / HOURS

for (const look of [...THEMES, 'forced colours'] as const) {
  test(`outages, missing and unknown data are drawn so that each is told from the others and from measured time: ${look}`, async ({ page, gallery }) => {
    if (look === 'forced colours') await page.emulateMedia({ forcedColors: 'active' })
    await page.goto(`${gallery}?theme=${look}`)
    const chart = page.getByRole('figure', { name: 'Mean power of the GPU boards' })
    await expect(chart.locator('.u-over')).toBeVisible()
    const columns = await columnsOf(chart, [...MIDDLES, MEASURED])
    const names = [...BANDS.map(({ kind }) => kind), 'measured']
    const tiles = columns.map((column) => column.slice(0, TILE))
    const patterns = tiles.map((tile, place) => [names[place], patternIn(tile)])
    expect(Object.fromEntries(patterns)).toEqual({ outage: 'strokes', missing: 'dots', unknown: 'upright lines', measured: 'nothing' })
    // Forced colours are few: there the pattern has to do.
    if (look !== 'forced colours') expect(new Set(tiles.map(groundOf)).size, 'colours of the ground').toBe(names.length)

    for (const [place, { kind }] of BANDS.entries()) {
      const column = columns[place] ?? []
      expect(column.slice(TILE), `${kind}: one pattern from the top to the foot, and no line through it`).toEqual(column.slice(0, -TILE))
      const swatch = chart.getByRole('listitem').filter({ hasText: KEY[kind] }).locator('[aria-hidden]')
      expect(await swatch.evaluate((element) => getComputedStyle(element).backgroundImage), `${kind}: the key’s colours`).toContain(groundOf(column))
    }
  })
}

test('an amount with two readings is asked about, and one click answers', async ({ page, gallery }) => {
  await page.goto(gallery)
  const amount = page.getByRole('textbox', { name: 'Amount' })
  await amount.fill('1,000')
  await page.getByRole('button', { name: /^1,000\.00/ }).click()
  await expect(amount).toHaveValue('1000')
  await expect(page.getByText('= 1,000.00 tUSD', { exact: false })).toBeVisible()
  await amount.fill('1e18')
  await expect(amount).toHaveAttribute('aria-invalid', 'true')
  await expect(amount).toHaveAccessibleDescription(/without an exponent/)
})

test('a dialog closes by Escape and gives focus back', async ({ page, gallery }) => {
  await page.goto(gallery)
  const opener = page.getByRole('button', { name: 'Look it over' })
  await opener.click()
  await expect(page.getByRole('dialog', { name: /^Buy 12\.345/ })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(opener).toBeFocused()
})
