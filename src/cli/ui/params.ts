import { UsageError } from '../../errors.ts'
import type { Row } from '../../types.ts'
import { revived } from '../serve/protocol.ts'

/** What an address asks for, by name. */
export class Params {
  readonly #given: URLSearchParams

  constructor(given: URLSearchParams) {
    this.#given = given
  }

  /** undefined if it is missing or empty. */
  text(name: string): string | undefined {
    return this.#given.get(name) || undefined
  }

  /** @throws {UsageError} OPTION_INVALID */
  needed(name: string): string {
    const text = this.text(name)
    if (text !== undefined) return text
    throw new UsageError('OPTION_INVALID', `The address lacks ${name}. Add it: ${name}=…`, { data: { option: name } })
  }

  /** A whole number from 0 on. @throws {UsageError} OPTION_INVALID */
  number(name: string, otherwise: number, most: number = Number.MAX_SAFE_INTEGER): number {
    const text = this.text(name)
    if (text === undefined) return otherwise
    if (/^\d{1,15}$/.test(text) && Number(text) <= most) return Number(text)
    throw new UsageError(
      'OPTION_INVALID',
      `${name} is a whole number from 0 to ${most}, not ${JSON.stringify(text.slice(0, 100))}.`,
      { data: { option: name, value: text.slice(0, 100) } },
    )
  }

  /** The cells of a row's key. @throws {UsageError} OPTION_INVALID */
  key(): Row {
    const text = this.needed('key')
    try {
      const key: unknown = JSON.parse(text, revived)
      if (Array.isArray(key) && key.every(isCell)) return key
    } catch {
      // Told below.
    }
    throw new UsageError('OPTION_INVALID', `key is a list of cells as JSON, such as [1,"x"].`, {
      data: { option: 'key', value: text.slice(0, 100) },
    })
  }
}

function isCell(value: unknown): boolean {
  return value === null || ['string', 'number', 'bigint'].includes(typeof value) || value instanceof Uint8Array
}
