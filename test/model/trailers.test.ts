import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fullMessage, parseMessage } from '../../dist/model/trailers.js'

const text = fc.string({ unit: fc.oneof(fc.constantFrom('\n', '\r', '%', ':', ' ', 'Doltflow-Run: x'), fc.string()) })

describe('a message with trailers', () => {
  it('gives back its text and its trailers, whatever these hold', () => {
    const key = fc.constantFrom('Doltflow-Action', 'Doltflow-Run', 'Doltflow-Data', 'Doltflow-Table')
    fc.assert(
      fc.property(text, fc.dictionary(key, text, { minKeys: 1 }), (message, trailers) => {
        const read = parseMessage(fullMessage(message, trailers))
        expect(read.trailers).toEqual({ ...trailers })
        expect(read.message).toBe(message)
      }),
    )
  })

  it('leaves out a trailer that is undefined, and has none without any', () => {
    expect(fullMessage('m', { 'Doltflow-Run': undefined })).toBe('m')
    expect(parseMessage('m')).toEqual({ message: 'm', trailers: {} })
    expect(fullMessage('m', { 'Doltflow-Run': 'r', 'Doltflow-Step': undefined })).toBe('m\n\nDoltflow-Run: r')
  })

  it('has only what is in its last lines', () => {
    expect(parseMessage('Doltflow-Run: r\nmore').trailers).toEqual({})
    expect(parseMessage('m\n\nSigned-off-by: x\nDoltflow-Run: r').trailers).toEqual({ 'Doltflow-Run': 'r' })
  })

  it('is read to its end however long it is, in time that grows as it does', () => {
    const long = `${'Doltflow-Run: x\n'.repeat(20_000)}end`
    expect(parseMessage(long)).toEqual({ message: long, trailers: {} })
  })
})
