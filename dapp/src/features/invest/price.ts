/** What a sale's price is: smallest units of currency for one whole share, which is 10^decimals of its smallest units. */
export interface Price {
  readonly price: bigint
  readonly decimals: number
}

/** `PrimarySale.costOf`: shares x price / 10^decimals, rounded up to the smallest unit. */
export function costUp(shares: bigint, { price, decimals }: Price): bigint {
  const whole = 10n ** BigInt(decimals)
  return (shares * price + whole - 1n) / whole
}

/** The most shares that cost at most `amount`: floor(amount x 10^decimals / price). */
export function sharesFor(amount: bigint, { price, decimals }: Price): bigint {
  return price > 0n ? (amount * 10n ** BigInt(decimals)) / price : 0n
}
