import { describe, expect, it } from 'vitest'
import { documentProblems, MAX_NAME, MAX_URI } from './documentDraft'

const uriOf = (uri: string): unknown => documentProblems({ name: 'lease', uri }).uri

describe('a document to publish', () => {
  it.each(['', '  ', 'https://operator.example/lease.pdf', ' https://operator.example/a?b=c#d ', 'HTTPS://operator.example/', 'http://127.0.0.1:9000/a', 'http://localhost/a', 'http://[::1]:1/a'])(
    'may be at %j',
    (uri) => expect(uriOf(uri)).toBeNull(),
  )

  it.each([
    'http://operator.example/lease.pdf',
    'http://127.0.0.1.operator.example/',
    'http://localhost.operator.example/',
    'https://me:secret@operator.example/',
    'https://me@operator.example/',
    'https://operator.example/a b',
    'https://',
    'ipfs://bafy',
    'javascript:alert(1)//https://operator.example',
    'operator.example/a',
  ])('is not at a plain web address in %j', (uri) => expect(uriOf(uri)).toBe('notWeb'))

  it('has a name and an address of a length that pages show; characters count, not their parts', () => {
    const uri = 'https://o.example/'.padEnd(MAX_URI, 'a')
    expect([uriOf(uri), uriOf(`${uri}a`)]).toEqual([null, 'tooLongUri'])
    expect(documentProblems({ name: '🙂'.repeat(MAX_NAME), uri: '' }).name).toBeNull()
    expect(documentProblems({ name: 'x'.repeat(MAX_NAME + 1), uri: '' }).name).toBe('tooLongName')
  })
})
