import type { TextReadOptions, TextWriteOptions } from '../formats/format.ts'

/** A delimiter as it is typed: a tab is hard to type. */
function delimiter(given: string | undefined): string | undefined {
  return given !== undefined && /^(\\t|tab)$/i.test(given) ? '\t' : given
}

/** The options of reading text that were given; undefined if none was. */
export function readOptions(values: {
  delimiter?: string
  quote?: string
  'no-header'?: boolean
  null?: string[]
  'no-null'?: boolean
}): TextReadOptions | undefined {
  return onlyGiven({
    delimiter: delimiter(values.delimiter),
    quote: values.quote,
    header: values['no-header'] ? false : undefined,
    nulls: values['no-null'] ? [] : values.null,
  })
}

/** The options of writing text that were given; undefined if none was. */
export function writeOptions(values: {
  delimiter?: string
  null?: string
  'excel-safe'?: boolean
}): TextWriteOptions | undefined {
  return onlyGiven({
    delimiter: delimiter(values.delimiter),
    null: values.null,
    excelSafe: values['excel-safe'] ? true : undefined,
  })
}

function onlyGiven<T extends object>(options: T): T | undefined {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined)
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as T)
}
