import { expect, test } from 'vitest'
import { ROUTES } from '../../tests/journeys/parts/routes'
import { matchPath } from './matchPath'
import { FEATURES } from './registry'

/** The journeys of axe, of long texts and of 320 px go through ROUTES. */
test('every kind of page is walked through by the journeys', () => {
  const patterns = FEATURES.flatMap(({ routes }) => routes.map(({ path }) => path))
  expect(patterns.length).toBeGreaterThan(0)
  // `/invest/open` fits `/invest/:saleId` too, and is not a sale's page.
  const fixed = new Set(patterns.filter((path) => !path.includes(':')))
  const walked = (pattern: string): boolean => ROUTES.some((path) => matchPath(pattern, path) !== null && (pattern === path || !fixed.has(path)))
  expect(patterns.filter((pattern) => !walked(pattern))).toEqual([])
})
