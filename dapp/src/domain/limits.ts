/** The largest amount of shares, or of money, that a contract takes: uint96. */
export const MAX_UINT96 = 2n ** 96n - 1n
