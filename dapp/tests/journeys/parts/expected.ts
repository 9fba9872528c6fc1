/** How figures are expected to stand on the English page: written here once more, so that a fault of the page's own formatting is seen. */

/** Smallest units of the test stablecoin, six decimals, at least two shown: `1,234.50`. */
export function amount(units: bigint, most = 6): string {
  const whole = units / 1_000_000n
  const digits = (units % 1_000_000n).toString().padStart(6, '0').slice(0, most)
  return `${count(whole)}.${digits.slice(0, 2)}${digits.slice(2).replace(/0+$/, '')}`
}

/** The same with the test stablecoin's symbol. */
export function money(units: bigint): string {
  return `${amount(units)} tUSD`
}

export function count(value: bigint | number): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ',')
}

/** part / whole as a percentage, rounded down to `digits` decimals, of parts per million that are rounded down before; no zeros at its end. */
export function percent(part: bigint, whole: bigint, digits = 1): string {
  return ofPpm((part * 1_000_000n) / whole, digits)
}

export function ofPpm(ppm: bigint, digits = 1): string {
  const step = 10n ** BigInt(4 - digits)
  const cut = (ppm / step) * step
  const decimals = (cut % 10_000n).toString().padStart(4, '0').replace(/0+$/, '')
  const lost = cut === 0n && ppm > 0n
  if (lost) return `< 0.${'1'.padStart(digits, '0')}%`
  return `${count(cut / 10_000n)}${decimals === '' ? '' : `.${decimals}`}%`
}

/** Whole Wh in the largest unit of which there is one, two decimals at most, rounded down. */
export function energy(wh: bigint): string {
  if (wh < 1000n) return `${wh} Wh`
  const [unit, size] = wh < 1_000_000n ? (['kWh', 1000n] as const) : (['MWh', 1_000_000n] as const)
  const hundredths = (wh * 100n) / size
  const decimals = (hundredths % 100n).toString().padStart(2, '0').replace(/0+$/, '')
  return `${count(hundredths / 100n)}${decimals === '' ? '' : `.${decimals}`} ${unit}`
}

/** Unix seconds: `5 Oct 2026, 08:00 UTC`. */
export function moment(at: bigint): string {
  const [, day, month, year, hour, minute] = /^\w+, (\d+) (\w+) (\d+) (\d+):(\d+)/.exec(new Date(Number(at) * 1000).toUTCString()) ?? []
  return `${Number(day)} ${month === 'Sep' ? 'Sept' : month} ${year}, ${hour}:${minute} UTC`
}

/** Unit-seconds as hours with one decimal, rounded down. */
export function hours(unitSeconds: bigint): string {
  const tenths = (unitSeconds * 10n) / 3600n
  return `${count(tenths / 10n)}.${tenths % 10n}`
}
