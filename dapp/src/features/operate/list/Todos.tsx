import type { ReactNode } from 'react'
import { Badge } from '../../../ui/Badge'
import { useFigures } from '../../../ui/useFigures'
import css from '../parts/parts.module.css'
import type { Todo } from './todo'
import { sentenceOf, shortOf, TONES } from './todoWords'

/** What needs doing, each with why. */
export function Todos({ todos }: { readonly todos: readonly Todo[] }): ReactNode {
  const shown = useFigures()
  if (todos.length === 0) return <p>{shown.t('operate.todo.none')}</p>
  return (
    <ul className={css.todos}>
      {todos.map((todo) => (
        <li key={todo.code} className={css.todo}>
          <Badge tone={TONES[todo.code]}>{shortOf(todo, shown)}</Badge>
          <span>{sentenceOf(todo, shown)}</span>
        </li>
      ))}
    </ul>
  )
}
