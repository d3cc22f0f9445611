import { bytesText } from '../../model/cells.ts'
import { inWordsOf } from '../../spelling.ts'

/**
 * One JSON document in one line. A bigint is written as the digits of a number, without loss: Python and jq 1.7
 * read it so; a reader with doubles only rounds it. Bytes are Base64.
 */
export function toJson(value: unknown): string {
  if (typeof value === 'bigint') return value.toString()
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  if (value instanceof Uint8Array) return JSON.stringify(bytesText(value))
  if ('toJSON' in value && typeof value.toJSON === 'function') return toJson((value.toJSON as () => unknown)())
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`
  const entries = Object.entries(inWordsOf('shell', value)).filter(
    ([, member]) => member !== undefined && typeof member !== 'function',
  )
  return `{${entries.map(([name, member]) => `${JSON.stringify(name)}:${toJson(member)}`).join(',')}}`
}
