import { extname } from 'node:path'
import { UsageError } from '../errors.ts'
import { option } from '../model/advice.ts'
import type { FileFormat, FileReadOptions, FileWriteOptions, TextReadOptions, TextWriteOptions } from './format.ts'

/** What there is to say of a format before its code is loaded. */
interface Entry {
  /** The preset of a delimited text, which the engine reads and writes. */
  text?: TextReadOptions
  /** The reader and the writer of a format with files of its own, loaded when first used. */
  load?: () => Promise<FileFormat>
  /** Whether it is text, which may be packed with gzip and shown on a terminal. Default: false */
  isText?: boolean
  /** Options of reading and of writing that mean something here, beside `nulls`. */
  reads?: ReadOption[]
  writes?: WriteOption[]
}

type ReadOption = keyof TextReadOptions | keyof FileReadOptions
type WriteOption = keyof TextWriteOptions | keyof FileWriteOptions

const DELIMITED: Pick<Entry, 'isText' | 'reads' | 'writes'> = {
  isText: true,
  reads: ['delimiter', 'quote', 'header'],
  writes: ['delimiter', 'quote', 'header', 'null', 'excelSafe'],
}

/** The formats. A new one is an entry here. */
const FORMATS: Record<string, Entry> = {
  csv: { text: {}, ...DELIMITED },
  tsv: { text: { delimiter: '\t' }, ...DELIMITED },
  jsonl: { load: async () => (await import('./json/index.ts')).jsonLines, isText: true },
  json: { load: async () => (await import('./json/index.ts')).jsonArray, isText: true },
  parquet: { load: async () => (await import('./parquet/index.ts')).parquet },
  arrow: { load: async () => (await import('./arrow/index.ts')).arrow },
  xlsx: { load: async () => (await import('./xlsx/index.ts')).xlsx, reads: ['header', 'sheet'], writes: ['sheet'] },
}

/** Other names of the same formats. */
const ALIASES: Record<string, string> = { ndjson: 'jsonl', feather: 'arrow', ipc: 'arrow', pq: 'parquet' }

/** Files that are surely none of these: reading them as CSV would only give a puzzling error. */
const OTHER_EXTENSIONS = ['xls', 'xlsb', 'ods', 'zip', 'bz2', 'xz', 'zst', 'db', 'sqlite', 'avro', 'orc']

/** The formats' names, those of the packed ones left out. */
export const FORMAT_NAMES: readonly string[] = Object.keys(FORMATS)

/** A format that a file's extension or an option names. */
export interface Format {
  name: string
  /** The preset of a delimited text, which the engine reads and writes; undefined for a format with files of its own. */
  text: TextReadOptions | undefined
  /** Whether it is packed. */
  gzip: boolean
  /** Whether no terminal can show it. */
  isBinary: boolean
}

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
  return found ?? named(gzip ? 'csv.gz' : 'csv')!
}

/**
 * Refuses options of reading that none of a source's formats heeds: nobody is to believe that they did something.
 * @throws {UsageError} OPTION_INVALID
 */
export function checkReadOptions(formats: readonly Format[], options: Partial<Record<ReadOption, unknown>>): void {
  checkOptions(formats, options, ({ reads = [] }) => [...reads, 'nulls'])
}

/** The same for writing. @throws {UsageError} OPTION_INVALID */
export function checkWriteOptions(format: Format, options: Partial<Record<WriteOption, unknown>>): void {
  checkOptions([format], options, ({ writes = [] }) => writes)
}

/** The reader and the writer of a format with files of its own. */
export function loadFormat(name: string): Promise<FileFormat> {
  return FORMATS[name]!.load!()
}

function checkOptions(
  formats: readonly Format[],
  options: Partial<Record<string, unknown>>,
  heeded: (entry: Entry) => readonly string[],
): void {
  const known = new Set(formats.flatMap(({ name }) => heeded(FORMATS[name]!)))
  const unknown = Object.keys(options).find((name) => options[name] !== undefined && !known.has(name))
  if (unknown === undefined) return
  const names = [...new Set(formats.map(({ name }) => name))]
  throw new UsageError(
    'OPTION_INVALID',
    `The option ${unknown} means nothing to the format ${names.join(', ')}. Leave it out, or name the format that you mean.`,
    { data: { option: unknown, value: options[unknown], format: names.join(', ') } },
  )
}

function named(name: string): Format | undefined {
  const gzip = name.endsWith('.gz')
  const plain = gzip ? name.slice(0, -3) : name
  const format = Object.hasOwn(ALIASES, plain) ? ALIASES[plain]! : plain
  if (!Object.hasOwn(FORMATS, format)) return undefined
  const { text, isText = false } = FORMATS[format]!
  return gzip && !isText ? undefined : { name: format, text, gzip, isBinary: gzip || !isText }
}

function refuse(format: string): never {
  const packed = FORMAT_NAMES.filter((name) => FORMATS[name]!.isText).map((name) => `${name}.gz`)
  const formats = [...FORMAT_NAMES, ...packed]
  throw new UsageError(
    'FORMAT_UNKNOWN',
    `The format ${format} is not known. There are: ${formats.join(', ')} (${option('format', 'csv')} reads a file of any name as CSV).`,
    { data: { format, formats } },
  )
}
