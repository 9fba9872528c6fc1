import { csvText, type CsvCell } from '../../../format/csv'
import { jsonText, type JsonValue } from '../../../format/json'
import { isoTime } from '../../../format/time'
import type { Movement } from './movement'
import { namingOf, type Statement } from './statement'

const HEADER = [
  'line',
  'block',
  'time_utc',
  'unix_time',
  'transaction',
  'log_index',
  'kind',
  'fleet_id',
  'tranche',
  'share_token',
  'share_symbol',
  'share_decimals',
  'currency_token',
  'currency_symbol',
  'currency_decimals',
  'sale_id',
  'counterparty',
  'shares_in',
  'shares_out',
  'booked_in',
  'booked_out',
  'income_accrued',
  'income_claimed',
  'paid',
  'received',
  'share_balance_after',
  'claimable_after',
] as const

/**
 * The statement as RFC 4180 text, in English in every language, as programs and accountants keep it: a line `movement` for each, then a line `closing`
 * for each share ever held and `booking` for what is still booked in a sale. All amounts in smallest units, their decimals beside them.
 */
export function statementCsv(statement: Statement): string {
  const { books } = statement
  const movements = books.movements.map((movement) => cells(statement, 'movement', movement))
  const { block, time } = books.end
  const at = { block, time, tx: null, logIndex: null, other: null, saleId: null }
  const closing = books.positions.map(({ share, account, claimable }) =>
    cells(statement, 'closing', { ...at, kind: 'closing', share, balance: account.balance, claimable }),
  )
  const booked = statement.state.bookings
    .filter(({ shares }) => shares > 0n)
    .flatMap(({ saleId, shares, paid }) => {
      const share = books.movements.find((movement) => movement.saleId === saleId)?.share
      return share === undefined ? [] : [cells(statement, 'booking', { ...at, kind: 'booking', share, saleId, bookedIn: shares, paid })]
    })
  return csvText(HEADER, [...movements, ...closing, ...booked])
}

type Line = Partial<Movement> & Pick<Movement, 'block' | 'time' | 'tx' | 'logIndex' | 'share' | 'saleId' | 'other'>

function cells(statement: Statement, line: string, movement: Omit<Line, 'kind'> & { readonly kind: string }): CsvCell[] {
  const { share } = movement
  const { symbol, decimals, token } = namingOf(statement, share.share)
  return [
    line,
    movement.block,
    isoTime(movement.time),
    movement.time,
    movement.tx ?? '',
    movement.logIndex === null ? '' : BigInt(movement.logIndex),
    movement.kind,
    share.fleetId,
    BigInt(share.tranche),
    share.share,
    symbol,
    BigInt(decimals),
    token?.address ?? '',
    token?.symbol ?? '',
    token === null ? '' : BigInt(token.decimals),
    movement.saleId ?? '',
    movement.other ?? '',
    movement.sharesIn ?? '',
    movement.sharesOut ?? '',
    movement.bookedIn ?? '',
    movement.bookedOut ?? '',
    movement.accrued ?? '',
    movement.claimed ?? '',
    movement.paid ?? '',
    movement.received ?? '',
    movement.balance ?? '',
    movement.claimable ?? '',
  ]
}

/** The same as JSON: amounts are strings of decimal digits. */
export function statementJson(statement: Statement): string {
  const { books } = statement
  return jsonText({
    format: 'wellhead-statement/1',
    chainId: statement.chainId,
    account: books.account,
    asOf: { block: books.end.block, blockHash: statement.blockHash, unixTime: books.end.time, time: isoTime(books.end.time) },
    source: statement.source,
    agreesWithChain: statement.agreed,
    shares: statement.books.positions.map(({ share, account, claimable }): JsonValue => {
      const { symbol, decimals, token } = namingOf(statement, share.share)
      return {
        share: share.share,
        symbol,
        decimals,
        fleetId: share.fleetId,
        tranche: share.tranche,
        face: share.face,
        currency: token === null ? null : { address: token.address, symbol: token.symbol, decimals: token.decimals },
        closing: { balance: account.balance, claimable },
      }
    }),
    bookings: statement.state.bookings.filter(({ shares }) => shares > 0n).map(({ saleId, shares, paid }): JsonValue => ({ saleId, shares, paid })),
    movements: books.movements.map(movementJson),
  })
}

function movementJson({ share, ...rest }: Movement): JsonValue {
  return { ...rest, share: share.share, fleetId: share.fleetId, tranche: share.tranche }
}
