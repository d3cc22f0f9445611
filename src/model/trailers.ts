import { UsageError } from '../errors.ts'
import { nullsOf, type Finding } from './action.ts'

/*
 * A commit's message ends in trailers, as Git's do (git-interpret-trailers): lines `Key: value` in a last
 * paragraph of their own. They lead from a commit to its run, in any clone.
 */

/** How many bytes a commit's message has at most: the embedded engine holds texts of about 65,400 bytes there. */
const MESSAGE_BYTES = 65_000

const TRAILER = /^(Doltflow-[A-Za-z-]+): (.*)$/s

/** The text of a message and its trailers, parted. */
export function parseMessage(full: string): { message: string; trailers: Record<string, string> } {
  const lines = full.split('\n')
  const trailers: [string, string][] = []
  while (lines.length > 0) {
    const match = TRAILER.exec(lines.at(-1)!)
    if (!match) break
    trailers.unshift([match[1]!, decode(match[2]!)])
    lines.pop()
  }
  if (trailers.length === 0) return { message: full, trailers: {} }
  return { message: lines.join('\n').replace(/\n$/, ''), trailers: Object.fromEntries(trailers) }
}

/** A message with trailers at its end; those that are undefined are left out. */
export function fullMessage(message: string, trailers: Record<string, string | undefined>): string {
  const lines = Object.entries(trailers).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}: ${encode(value)}`],
  )
  return lines.length === 0 ? message : `${message}\n\n${lines.join('\n')}`
}

/** A trailer is one line: line ends and `%` are written as in URLs. */
function encode(value: string): string {
  return value.replace(/[%\r\n]/g, (character) => encodeURIComponent(character))
}

function decode(value: string): string {
  return value.replace(/%(25|0D|0A)/g, (code) => decodeURIComponent(code))
}

/** The trailers that doltflow writes. */
export const TRAILERS = {
  action: 'Doltflow-Action',
  kind: 'Doltflow-Kind',
  run: 'Doltflow-Run',
  step: 'Doltflow-Step',
  branch: 'Doltflow-Branch',
  table: 'Doltflow-Table',
  file: 'Doltflow-File',
  source: 'Doltflow-Source',
  /** The texts that the save took for NULL, as JSON. */
  nulls: 'Doltflow-Null',
  data: 'Doltflow-Data',
  /** The other tables of the same save, each with its action's id. */
  tables: 'Doltflow-Tables',
  database: 'Doltflow-Database',
  /** The commit of another database that this one is a copy of. */
  copy: 'Doltflow-Copy',
} as const

/** The message of the commit that a database begins with. */
export function foundationMessage(id: string): string {
  return fullMessage('begin', { [TRAILERS.database]: id })
}

/** What a commit tells of a further table. */
export interface OtherTable {
  id: string
  table: string | null
  file: string | null
  source: string | null
  /** The texts that were NULL; left out without any. */
  nulls?: string[] | undefined
}

/** The file that a commit's save of a table read; undefined if it is no save of that table, or of a file. */
export function fileOfSave(trailers: Readonly<Record<string, string>>, table: string): string | undefined {
  if (trailers[TRAILERS.table] === table) return trailers[TRAILERS.file]
  const other = (listIn(trailers[TRAILERS.tables]) as Partial<OtherTable>[]).find((one) => one?.table === table)
  return other?.file ?? undefined
}

/** The texts that a commit's save took for NULL in a table; undefined if it is no save of that table. */
export function nullsOfSave(trailers: Readonly<Record<string, string>>, table: string): string[] | undefined {
  if (trailers[TRAILERS.kind] !== undefined) return undefined
  if (trailers[TRAILERS.table] === table) return texts(listIn(trailers[TRAILERS.nulls]))
  const other = (listIn(trailers[TRAILERS.tables]) as Partial<OtherTable>[]).find((one) => one?.table === table)
  return other && texts(other.nulls ?? [])
}

/** A trailer's list; none if another program wrote something else. */
function listIn(text = '[]'): unknown[] {
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) ? list : []
  } catch {
    return []
  }
}

function texts(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((text) => typeof text === 'string') : []
}

function otherTable({ intent, found: { sourceHash = null } }: Finding): OtherTable {
  const { id, table, file } = intent
  const nulls = nullsOf(intent)
  return { id, table, file, source: sourceHash, ...(nulls.length > 0 && { nulls }) }
}

/**
 * The message of an action's commit: what leads from it to its run, and what its record can be made from.
 * @throws {UsageError} OPTION_INVALID for one that an engine can't hold
 */
export function actionMessage(message: string, main: Finding, others: readonly Finding[] = []): string {
  const full = fullMessage(message, trailersOf(main, others))
  const bytes = Buffer.byteLength(full)
  if (bytes <= MESSAGE_BYTES) return full
  const { id, run, step, data: own } = main.intent
  const data = own === null ? '' : JSON.stringify(own)
  const tables = JSON.stringify(others.map(otherTable))
  const sizes = Object.entries({ message, data, id, run: run ?? '', step: step ?? '', tables })
  const [option, text] = sizes.reduce((longest, one) => (one[1].length > longest[1].length ? one : longest))
  throw new UsageError(
    'OPTION_INVALID',
    `The commit's message has ${bytes} bytes with what it tells of the action, and at most ${MESSAGE_BYTES} fit. Most of it is the option ${option}, of ${Buffer.byteLength(text)} bytes: keep long texts in a file or a table.`,
    { data: { option, bytes, limit: MESSAGE_BYTES } },
  )
}

function trailersOf({ intent, found }: Finding, others: readonly Finding[]): Record<string, string | undefined> {
  const nulls = nullsOf(intent)
  return {
    [TRAILERS.action]: intent.id,
    [TRAILERS.run]: intent.run ?? undefined,
    [TRAILERS.step]: intent.step ?? undefined,
    [TRAILERS.kind]: intent.kind === 'save' ? undefined : intent.kind,
    [TRAILERS.branch]: intent.branch ?? undefined,
    [TRAILERS.table]: intent.table ?? undefined,
    [TRAILERS.file]: intent.file ?? undefined,
    [TRAILERS.source]: found.sourceHash ?? undefined,
    [TRAILERS.nulls]: nulls.length === 0 ? undefined : JSON.stringify(nulls),
    [TRAILERS.tables]: others.length === 0 ? undefined : JSON.stringify(others.map(otherTable)),
    [TRAILERS.data]: intent.data === null ? undefined : JSON.stringify(intent.data),
  }
}
