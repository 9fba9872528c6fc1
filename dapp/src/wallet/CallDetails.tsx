import type { ReactNode } from 'react'
import { useT } from '../i18n/useT'
import type { Call, Value } from '../queue/entry'
import { AddressText } from '../ui/AddressText'
import { DataList, type DataRow } from '../ui/DataList'
import { callLabel } from './callLabel'
import { wholeText } from './wholeText'
import css from './wallet.module.css'

/** Items of a list that are shown at once; the others unfold. */
const FIRST_ITEMS = 20

/** A call as its calldata has it, with the names of the contract's own interface and whole numbers as they are sent. */
export function CallDetails({ call }: { readonly call: Call }): ReactNode {
  const t = useT()
  const rows: readonly DataRow[] = [
    { key: 'contract', label: t('wallet.call.contract'), value: <AddressText address={call.contract} name={call.name} /> },
    { key: 'function', label: t('wallet.call.function'), value: <code className={css.code}>{call.function}</code> },
    ...call.arguments.map(({ name, value }, place) => ({ key: `${place}`, label: name === '' ? `#${place + 1}` : <code>{name}</code>, value: <Shown value={value} /> })),
    ...(call.value === 0n ? [] : [{ key: 'value', label: t('wallet.call.value'), value: `${call.value} wei` }]),
  ]
  return (
    <section className={css.call}>
      <h3>{callLabel(t, call)}</h3>
      <DataList rows={rows} />
    </section>
  )
}

/** A value in full: what is signed must be readable to its end. */
function Shown({ value }: { readonly value: Value }): ReactNode {
  if (typeof value === 'string') {
    return /^0x[0-9a-fA-F]{40}$/.test(value) ? (
      <AddressText address={value} />
    ) : (
      <code className={css.signed}>
        <bdi>{wholeText(value)}</bdi>
      </code>
    )
  }
  if (typeof value === 'bigint' || typeof value === 'boolean') return <code className={css.code}>{String(value)}</code>
  if ('fields' in value) {
    return <DataList rows={value.fields.map((field, place) => ({ key: `${place}`, label: <code>{field.name}</code>, value: <Shown value={field.value} /> }))} />
  }
  return <Items items={value} />
}

function Items({ items }: { readonly items: readonly Value[] }): ReactNode {
  const t = useT()
  const rest = items.slice(FIRST_ITEMS)
  return (
    <>
      <ListOf items={items.slice(0, FIRST_ITEMS)} />
      {rest.length > 0 && (
        <details>
          <summary>{t('wallet.call.more', { count: String(rest.length) })}</summary>
          <ListOf items={rest} />
        </details>
      )}
    </>
  )
}

function ListOf({ items }: { readonly items: readonly Value[] }): ReactNode {
  return (
    <ol className={css.items}>
      {items.map((item, place) => (
        <li key={place}>
          <Shown value={item} />
        </li>
      ))}
    </ol>
  )
}
