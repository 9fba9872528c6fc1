import { MAX_BOARDS, MAX_FILE_BYTES, MAX_UUID, type InventoryFileFault } from '../domain/inventory/inventoryFile'
import type { Figures } from './useFigures'

const MAX_SHOWN = 60

/** Why a file names no GPUs, as a sentence that says where. */
export function faultText(fault: InventoryFileFault, { t, count, name }: Figures): string {
  switch (fault.code) {
    case 'tooLarge':
      return t('ui.inventory.fault.tooLarge', { limit: count(MAX_FILE_BYTES / 1024 / 1024) })
    case 'notJson':
      return fault.line === null ? t('ui.inventory.fault.notJson') : t('ui.inventory.fault.notJsonAt', { line: count(fault.line) })
    case 'noUuid':
    case 'blank':
      return t(`ui.inventory.fault.${fault.code}`, { line: count(fault.line) })
    case 'tooLong':
      return t('ui.inventory.fault.tooLong', { line: count(fault.line), length: count(fault.length), limit: count(MAX_UUID) })
    case 'strange':
      return t('ui.inventory.fault.strange', { line: count(fault.line), text: name(fault.text, MAX_SHOWN) })
    case 'tooMany':
      return t('ui.inventory.fault.tooMany', { count: count(fault.count), limit: count(MAX_BOARDS) })
    case 'duplicate':
      return t('ui.inventory.fault.duplicate', { text: name(fault.text, MAX_SHOWN), first: count(fault.first), second: count(fault.second) })
    default:
      return t(`ui.inventory.fault.${fault.code}`)
  }
}
