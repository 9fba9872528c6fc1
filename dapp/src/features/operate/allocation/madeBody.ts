import { hashDocument } from '../../../chain/proof/document'
import type { AllocationBody } from './body'
import { bodyText } from './body'
import { checkBody, MAX_BODY_BYTES, type BodyContext, type BodyFault } from './checkBody'

/** A body that a node will take, and its hash. `text` is there where it was made here and is still to be put on the site. */
export interface MadeBody {
  readonly hash: `0x${string}`
  readonly version: bigint
  readonly gpus: number
  readonly bytes: number
  readonly text: string | null
}

export type BodyRead = { readonly ok: true; readonly body: MadeBody } | { readonly ok: false; readonly fault: BodyFault }

/** Hashes a body that was put together here. Rejects with the signal's reason. */
export async function madeBody(body: AllocationBody, signal: AbortSignal): Promise<MadeBody> {
  const text = bodyText(body)
  const hashed = await hashDocument(new Blob([text]), { signal })
  if (!hashed.ok) throw new Error(hashed.fault.code)
  return { hash: hashed.hash, version: body.version, gpus: body.gpus.length, bytes: hashed.bytes, text }
}

/** Reads a body from a file, byte for byte, and holds it to what a node asks. Rejects where the file cannot be read. */
export async function readBody(file: Blob, about: BodyContext, signal: AbortSignal): Promise<BodyRead> {
  if (file.size > MAX_BODY_BYTES) return { ok: false, fault: { code: 'tooLarge' } }
  const bytes = new Uint8Array(await file.arrayBuffer())
  const checked = checkBody(bytes, about)
  if (!checked.ok) return checked
  const hashed = await hashDocument(new Blob([bytes]), { signal })
  if (!hashed.ok) return { ok: false, fault: { code: 'tooLarge' } }
  return { ok: true, body: { hash: hashed.hash, version: checked.version, gpus: checked.gpus, bytes: bytes.length, text: null } }
}
