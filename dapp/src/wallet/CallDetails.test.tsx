import { setupI18n } from '@lingui/core'
import { I18nProvider } from '@lingui/react'
import { readFileSync } from 'node:fs'
import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import type { Call, Value } from '../queue/entry'
import { CallDetails } from './CallDetails'
import { wholeText } from './wholeText'

const CONTRACT = '0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9'

/** The details of a call with one argument, as HTML. */
function shown(value: Value): string {
  const said = JSON.parse(readFileSync(new URL('messages/en.json', import.meta.url), 'utf8')) as Record<string, string>
  const i18n = setupI18n({ missing: (_, id) => said[id] ?? id })
  i18n.loadAndActivate({ locale: 'en', messages: { 'wallet.call.more': [['count'], ' more'] } })
  const call: Call = { contract: CONTRACT, name: 'FleetRegistry', function: 'setDocument', arguments: [{ name: 'value', value }], value: 0n }
  return renderToStaticMarkup(
    <I18nProvider i18n={i18n}>
      <CallDetails call={call} />
    </I18nProvider>,
  )
}

describe('what is signed', () => {
  it('is shown to its end: texts, lists and lists in lists', () => {
    const long = `https://example.org/${'a'.repeat(3_000)}?evil`
    expect(shown(long)).toContain(`<bdi>${long}</bdi>`)
    const many = Array.from({ length: 200 }, (_, place) => BigInt(1_000 + place))
    for (const html of [shown(many), shown([many]), shown({ fields: [{ name: 'all', value: many }] })]) {
      for (const each of many) expect(html).toContain(`>${each}<`)
      expect(html).toContain('<summary>180 more</summary>')
    }
    expect(shown(many.slice(0, 20))).not.toContain('<details')
  })

  it('shows what cannot be seen, and leaves spaces and lines as they are signed', () => {
    expect(wholeText('a  b\n c ')).toBe('a  b\n c ')
    expect(wholeText('a\u202eb\u00a0c\td\u200be\ufefff')).toBe('a⟨U+202E⟩b⟨U+00A0⟩c⟨U+0009⟩d⟨U+200B⟩e⟨U+FEFF⟩f')
    expect(wholeText('é\u0301\u0301\u0301\u{1f600}')).toBe('é\u0301\u0301⟨U+0301⟩\u{1f600}')
    expect(wholeText('x'.repeat(65_536))).toHaveLength(65_536)
  })
})
