import { extname } from 'node:path'
import { UsageError } from '../errors.ts'
import type { FileFormat, TextReadOptions } from './format.ts'

/** A format that a file's extension or an option names. */
export interface Format {
  name: string
  /** The preset of a delimited text, which the engine reads and writes; undefined for a format with files of its own. */
  text: TextReadOptions | undefined
  gzip: boolean
}

/** Formats of delimited text, with their presets. A new one is a line here. */
const TEXT: Record<string, TextReadOptions> = {
  csv: {},
  tsv: { delimiter: '\t' },
}

/** Formats with a reader and a writer of their own, loaded when first used. A new one is a line here. */
export const FILES: Record<string, () => Promise<FileFormat>> = {
  jsonl: async () => (await import('./json/index.ts')).jsonLines,
  json: async () => (await import('./json/index.ts')).jsonArray,
  parquet: async () => (await import('./parquet/index.ts')).parquet,
  arrow: async () => (await import('./arrow/index.ts')).arrow,
  xlsx: async () => (await import('./xlsx/index.ts')).xlsx,
}

/** What a format needs that doltflow does not bring. */
export const PACKAGES: Record<string, string[]> = {
  parquet: ['hyparquet', 'hyparquet-writer', 'fzstd'],
  arrow: ['apache-arrow', 'fzstd'],
}

/** Other names of the same formats. */
const ALIASES: Record<string, string> = { ndjson: 'jsonl', feather: 'arrow', ipc: 'arrow', pq: 'parquet' }

/** Text formats, which may be packed with gzip. */
const PACKABLE = ['csv', 'tsv', 'jsonl', 'json']

/** Files that are surely none of these: reading them as CSV would only give a puzzling error. */
const OTHER_EXTENSIONS = ['xls', 'xlsb', 'ods', 'zip', 'bz2', 'xz', 'zst', 'db', 'sqlite', 'avro', 'orc']

/**
 * The format that is named, as by a file's extension (`parquet`, `csv.gz`); else the one of the file's extension, else CSV.
 * @throws {UsageError} FORMAT_UNKNOWN
 */
export function formatOf(name: string | undefined, path: string | undefined): Format {
  if (name !== undefined) return named(name.toLowerCase()) ?? refuse(name)
  if (path === undefined) return named('csv')!
  const gzip = /\.gz$/i.test(path)
  const extension = extname(gzip ? path.slice(0, -3) : path)
    .slice(1)
    .toLowerCase()
  if (OTHER_EXTENSIONS.includes(extension)) refuse(extension)
  const found = named(gzip ? `${extension}.gz` : extension)
  if (!found && named(extension)) refuse(`${extension}.gz`)
  return found ?? { ...named('csv')!, gzip }
}

function named(name: string): Format | undefined {
  const gzip = name.endsWith('.gz')
  const plain = gzip ? name.slice(0, -3) : name
  const format = Object.hasOwn(ALIASES, plain) ? ALIASES[plain]! : plain
  if (gzip && !PACKABLE.includes(format)) return undefined
  if (Object.hasOwn(TEXT, format)) return { name: format, text: TEXT[format]!, gzip }
  return Object.hasOwn(FILES, format) ? { name: format, text: undefined, gzip } : undefined
}

function refuse(format: string): never {
  const formats = [...Object.keys(TEXT), ...Object.keys(FILES), ...PACKABLE.map((name) => `${name}.gz`)]
  throw new UsageError(
    'FORMAT_UNKNOWN',
    `The format ${format} is not known. There are: ${formats.join(', ')} (--format csv reads a file of any name as CSV).`,
    { data: { format, formats } },
  )
}
