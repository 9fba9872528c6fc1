/** The longest name and address of a document that this page publishes; the contract takes any. */
export const MAX_NAME = 64
export const MAX_URI = 512

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Ids `operate.document.problem.<code>`; null while nothing is wrong, or nothing was typed. */
export interface DocumentProblems {
  readonly name: 'tooLongName' | null
  readonly uri: 'notWeb' | 'tooLongUri' | null
}

/** What is wrong with a document's name and address: a page that shows it opens plain web addresses only. */
export function documentProblems({ name, uri }: { readonly name: string; readonly uri: string }): DocumentProblems {
  const address = uri.trim()
  return {
    name: [...name.trim()].length > MAX_NAME ? 'tooLongName' : null,
    uri: address === '' ? null : address.length > MAX_URI ? 'tooLongUri' : isWeb(address) ? null : 'notWeb',
  }
}

/** Plain http is for loopback only, as in the configuration: elsewhere what is fetched could be changed on its way. */
function isWeb(address: string): boolean {
  if (!/^https?:\/\//i.test(address) || /\s/.test(address) || !URL.canParse(address)) return false
  const { protocol, hostname, username, password } = new URL(address)
  return (protocol === 'https:' || LOOPBACK.has(hostname)) && username === '' && password === ''
}
