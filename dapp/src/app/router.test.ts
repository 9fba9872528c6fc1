import { expect, test } from 'vitest'
import { hrefTo, locationOf, watchedAt } from './router'

const ACCOUNT = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'

test.each([
  [`#/portfolio?as=${ACCOUNT}`, ACCOUNT],
  [`#/portfolio?x=?&as=${ACCOUNT}`, ACCOUNT],
  [`#/portfolio?x=a?b&as=${ACCOUNT}`, ACCOUNT],
  ['#/portfolio?as=', ''],
  ['#/portfolio?as', ''],
  [`#/portfolio?as=nobody&as=${ACCOUNT}`, 'nobody'],
  [`#/as=${ACCOUNT}`, null],
  ['#/portfolio', null],
  ['', null],
])('the page at %j watches %j', (hash, watched) => {
  expect(watchedAt(locationOf(hash))).toBe(watched)
})

test('whom a page watches stays on the way to another, until an empty name ends it', () => {
  const here = locationOf(`#/portfolio?x=?&as=${ACCOUNT}`)
  expect(watchedAt(locationOf(hrefTo('/fleets', here)))).toBe(ACCOUNT)
  expect(watchedAt(locationOf(hrefTo('/fleets?as=', here)))).toBeNull()
})
