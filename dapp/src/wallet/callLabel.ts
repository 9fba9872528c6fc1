import type { Translate } from '../i18n/useT'
import type { Call } from '../queue/entry'

/** What a call does, in a few words: `wallet.does.<contract>.<function>`. Every function of the ABIs has its words. */
export function callLabel(t: Translate, { name, function: method }: Call): string {
  return t(`wallet.does.${name}.${method}`)
}
