import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAddress } from './readAddress'
import { shortHash } from './shortHash'
import { splitSymbol, splitTail } from './splitTail'

const CHECKED = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'
const checksum = (): `0x${string}` => CHECKED

describe('readAddress', () => {
  it('takes one case without a checksum and mixed case only with the right one', () => {
    expect(readAddress(` ${CHECKED.toLowerCase()} `, checksum)).toEqual({ ok: true, address: CHECKED })
    expect(readAddress(CHECKED, checksum)).toEqual({ ok: true, address: CHECKED })
    expect(readAddress(CHECKED.replace('aA', 'Aa'), checksum)).toMatchObject({ ok: false, problem: 'checksum' })
  })

  it('names what is wrong', () => {
    const problem = (text: string): string => {
      const read = readAddress(text, checksum)
      return read.ok ? 'none' : read.problem
    }
    expect(['', 'abc', '0xabg', '0xabc', `${CHECKED}0`].map(problem)).toEqual(['empty', 'noPrefix', 'notHex', 'length', 'length'])
  })
})

describe('splitTail', () => {
  it('lets the digits beyond the cents step back', () => {
    expect(splitTail('1,234.567890 USDC', '.')).toEqual(['1,234.56', '7890', ' USDC'])
    expect(splitTail('1\u202f234,567\u00a0USDC', ',')).toEqual(['1\u202f234,56', '7', '\u00a0USDC'])
    expect(splitTail('1,234.50', '.')).toEqual(['1,234.50', '', ''])
    expect(splitTail('1,234', '.')).toEqual(['1,234', '', ''])
    expect(splitTail('1,234,567', '.')).toEqual(['1,234,567', '', ''])
  })

  it('loses nothing', () => {
    fc.assert(fc.property(fc.string(), fc.constantFrom('.' as const, ',' as const), (text, sign) => splitTail(text, sign).join('') === text))
  })
})

describe('shortHash', () => {
  it('keeps both ends, and shows what is no hash as visible text', () => {
    expect(shortHash(`0x${'ab'.repeat(32)}`)).toBe('0xababab…ababab')
    expect(shortHash('0x12\u202e')).toBe('0x12⟨U+202E⟩')
  })
})

describe('splitSymbol', () => {
  it('takes a symbol off with its space, and nothing else', () => {
    for (const [number, symbol] of [
      ['1,234.56', '\u00a0tUSD'],
      ['1\u202f234,56', '\u00a0<img 7\u2026'],
      ['<\u00a00.01', '\u00a0tUSD'],
      ['1,234.56', ''],
    ] as const) {
      expect(splitSymbol(`${number}${symbol}`)).toEqual([number, symbol])
    }
  })
})
