import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countUp } from './count'

test('what exists is counted, in one round up to 7 and in few beyond', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.bigInt(0n, 9n), fc.bigInt(0n, 1001n), fc.bigInt(0n, 2n ** 32n)), async (count) => {
      let rounds = 0
      const found = await countUp((ids) => {
        rounds += 1
        expect(new Set(ids).size).toBe(ids.length)
        return Promise.resolve(ids.map((id) => id <= count))
      })
      expect(found).toBe(count)
      expect(rounds).toBeLessThanOrEqual(count <= 7n ? 1 : count <= 1000n ? 3 : 8)
    }),
  )
})
