import type { Figures } from '../../../ui/useFigures'
import type { Todo } from './todo'

export const TONES = {
  publishInventory: 'bad',
  allocate: 'bad',
  unreached: 'bad',
  bond: 'warn',
  distribute: 'info',
  claim: 'info',
  wait: 'neutral',
  delisted: 'warn',
} as const

/** A matter in a few words, for a badge. */
export function shortOf(todo: Todo, { t }: Figures): string {
  if (todo.code === 'allocate') return t('operate.todo.allocate', { count: todo.count })
  if (todo.code === 'unreached') return t('operate.todo.unreached', { count: todo.nodes })
  return t(`operate.todo.${todo.code}`)
}

/** Why it matters, in a sentence. */
export function sentenceOf(todo: Todo, { t }: Figures): string {
  return t(`operate.todo.why.${todo.code}`)
}
