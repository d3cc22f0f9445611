import { UsageError } from '../../errors.ts'

/** How cells are set apart in one file: checked, with its defaults filled in. */
export interface Dialect {
  /** One character. */
  delimiter: string
  /** One character, or '' where the file has no quoting. */
  quote: string
}

/**
 * Checks the two characters that shape a file and fills in `,` and `"`.
 * A character is one UTF-16 unit, so none beyond U+FFFF.
 * @throws {UsageError} OPTION_INVALID
 */
export function dialect(options: { delimiter?: string; quote?: string }): Dialect {
  const delimiter = options.delimiter ?? ','
  const quote = options.quote ?? '"'
  if (!isSeparator(delimiter)) {
    throw invalid('delimiter', delimiter, 'it must be exactly one character, such as "," or ";"')
  }
  if (quote !== '' && !isSeparator(quote)) {
    throw invalid('quote', quote, 'it must be exactly one character, or empty for a file without quoting')
  }
  if (delimiter === quote) {
    throw invalid('quote', quote, 'it must differ from the delimiter')
  }
  return { delimiter, quote }
}

/** An OPTION_INVALID that names the option, its value and what it must be. */
export function invalid(option: string, value: unknown, rule: string): UsageError {
  return new UsageError('OPTION_INVALID', `The option ${option} is ${JSON.stringify(value)}: ${rule}.`, {
    data: { option, value },
  })
}

/** Not a line end, NUL, half a surrogate pair or a byte order mark: the reader gives each of them another meaning. */
function isSeparator(value: unknown): value is string {
  return typeof value === 'string' && value.length === 1 && !/[\n\r\0\uD800-\uDFFF\uFEFF]/.test(value)
}
