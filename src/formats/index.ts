import { extname } from 'node:path'
import { UsageError } from '../errors.ts'
import type { TextReadOptions } from './format.ts'

/** The formats there are, by name: what they preset. A new text format is a line here. */
const FORMATS = new Map<string, TextReadOptions>([
  ['csv', {}],
  ['tsv', { delimiter: '\t' }],
])

/**
 * The text options of a format: the one that is named, else by a file's extension, else CSV.
 * @throws {UsageError} FORMAT_UNKNOWN
 */
export function formatOf(
  name: string | undefined,
  path: string | undefined,
  options: TextReadOptions = {},
): TextReadOptions {
  const extension = path === undefined ? '' : extname(path).slice(1).toLowerCase()
  if (name === undefined && OTHER_EXTENSIONS.has(extension)) throw unknown(extension)
  const preset = FORMATS.get(name ?? extension) ?? (name === undefined ? {} : undefined)
  if (!preset) throw unknown(name!)
  return { ...preset, ...options }
}

/** Files that are surely no text: reading them as CSV would only give a puzzling error. */
const OTHER_EXTENSIONS = new Set([
  'parquet',
  'arrow',
  'feather',
  'xlsx',
  'xls',
  'json',
  'jsonl',
  'ndjson',
  'gz',
  'zip',
  'db',
])

function unknown(format: string): UsageError {
  return new UsageError(
    'FORMAT_UNKNOWN',
    `The format ${format} is not known. There are: ${[...FORMATS.keys()].join(', ')} (--format csv reads a file of any name as CSV).`,
    {
      data: { format, formats: [...FORMATS.keys()] },
    },
  )
}
