import { expect, type Page } from '@playwright/test'
import { CONTRACT_NAMES } from '../../../src/config/schema'
import { unbracketedAttributes } from './attributes'
import { cutOff, unbracketed } from './screenText'

/** What is the same in every language: names of things and of people, hosts, units, months as English writes them. */
const SAME_EVERYWHERE = new RegExp(
  `^(Wellhead|Anvil|en-XA|tUSD|UTC|NVIDIA|H100|A100\\S*|SXM4\\S*|HBM3|[kM]?Wh|GPU|GPU-h|min|dcgm|nvidia-smi|${CONTRACT_NAMES.join('|')}|FleetShare|Token|RevenueWaterfall|(https?:)?//\\S+|\\d\\S*|0x\\S*|[0-9a-fA-F]{4,}|days?|hours?|(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec))$`,
  'u',
)

/** That every text on the screen, read or only told, has gone through the translation, and none is cut. The page is in the pseudo-locale. */
export async function expectTranslated(page: Page, what?: string): Promise<void> {
  expect(await unbracketed(page, SAME_EVERYWHERE), what).toEqual([])
  expect(await unbracketedAttributes(page, SAME_EVERYWHERE), what).toEqual([])
  expect(await cutOff(page), what).toEqual([])
}
