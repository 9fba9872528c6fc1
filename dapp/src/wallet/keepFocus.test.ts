import { expect, it } from 'vitest'
import { keepFocus } from './keepFocus'

/** As much of a dialog as is asked for. */
function dialogWith(focusWithin: boolean) {
  const asked: string[] = []
  const title = { focus: () => asked.push('title') }
  const dialog = { contains: () => focusWithin, querySelector: () => title, ownerDocument: { activeElement: null } }
  return { asked, inside: { closest: () => dialog } as unknown as Element }
}

it('is given to the title where the dialog has it no more, and is left where it is', () => {
  const lost = dialogWith(false)
  keepFocus(lost.inside)
  expect(lost.asked).toEqual(['title'])
  const kept = dialogWith(true)
  keepFocus(kept.inside)
  expect(kept.asked).toEqual([])
  keepFocus(null)
})
