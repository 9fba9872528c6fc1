const HOUR = 3600n

/**
 * What a lease costs, in smallest units of the settlement currency; `rate` is `Terms.rate`, smallest units per unit-hour, so one unit-second
 * costs rate / 3600 and is only ever rounded in a total. Inputs are not negative. The runway a request needs is `runwayFor` of the contract.
 */
export interface LeasePrice {
  /** units x rate, exact. */
  readonly perHour: bigint
  /** Rent of the whole term with every unit delivered throughout, the most that can be charged: floor(units x seconds x rate / 3600). */
  readonly totalDown: bigint
  /** Escrow that covers the whole term: ceil(units x rate x seconds / 3600). */
  readonly escrowUp: bigint
  /** end - start, 0 if the term is empty. */
  readonly seconds: bigint
}

/** The price of `units` from `start` to `end` (Unix seconds). */
export function leasePrice(terms: {
  readonly units: bigint
  readonly rate: bigint
  readonly start: bigint
  readonly end: bigint
}): LeasePrice {
  const seconds = terms.end > terms.start ? terms.end - terms.start : 0n
  return {
    perHour: terms.units * terms.rate,
    totalDown: rentDown(terms.units * seconds, terms.rate),
    escrowUp: escrowUp(terms.units, terms.rate, seconds),
    seconds,
  }
}

/** `LeaseMath.owedDown`: rent of `unitSeconds`, already limited to the most that can have been delivered: floor(unitSeconds x rate / 3600). */
export function rentDown(unitSeconds: bigint, rate: bigint): bigint {
  return (unitSeconds * rate) / HOUR
}

/** `LeaseMath.runwayUp`: the escrow that covers `seconds` at full delivery: ceil(units x rate x seconds / 3600). */
export function escrowUp(units: bigint, rate: bigint, seconds: bigint): bigint {
  return (units * rate * seconds + HOUR - 1n) / HOUR
}

/**
 * How many whole seconds `held` pays for at full delivery: floor(held x 3600 / (units x rate)); undefined if the lease costs nothing, when
 * it pays for ever.
 */
export function paidSecondsDown(held: bigint, units: bigint, rate: bigint): bigint | undefined {
  const perHour = units * rate
  return perHour > 0n ? (held * HOUR) / perHour : undefined
}
