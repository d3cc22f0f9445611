import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { reasonOf } from '../../../errors.ts'
import type { Row, SaveMode } from '../../../types.ts'
import type { Connection } from '../connection/connection.ts'
import { busyError, isPassing } from '../connection/faults.ts'
import { literal, quoted } from '../connection/sql.ts'
import { spooledRows } from '../tables/line-file.ts'
import type { Spool } from './load-data-file.ts'

/*
 * The way of many rows into a table. The server works on a LOAD DATA with one core, so a large source goes in parts
 * over several connections; each is a transaction of its own, and the server merges them as they end.
 */

/** How many rows, and characters, one INSERT has at most. */
const INSERT_ROWS = 1000
const INSERT_CHARACTERS = 1 << 20

/** Parts that are sent at once, at most, and the bytes that each has at least. */
const PARTS = 4
const PART_BYTES = 4 << 20

/** Who sends rows. */
export interface Senders {
  /** What the server forbids, as far as it was seen. */
  abilities: { loadData: boolean }
  /** Makes one more connection; undefined if all is sent by one. */
  connect: (() => Promise<Connection>) | undefined
  /** Takes a connection back, for the next one. */
  keep(connection: Connection): void
}

/** Rows that lie in files as a spool has them. */
export type SpooledRows = Pick<Spool, 'path' | 'ends' | 'oddPath' | 'rows' | 'oddRows'>

/** Rows on their way into a table, and the columns of their cells. */
interface Sending {
  spool: SpooledRows
  names: readonly string[]
  /** Whether the table has more columns, whose cells stay in rows that are there. Default: false */
  partial?: boolean
}

/** Bytes of a file, the last one included. */
interface Range {
  start: number
  end: number
}

/**
 * Sends the staged rows.
 * @returns how many the table took as new ones
 * @throws {DoltflowError} DATABASE_BUSY if parts of them did not fit together: sent by one connection, the first
 * row that does not fit is told from the others
 */
export async function send(
  connection: Connection,
  table: string,
  mode: SaveMode,
  { spool, names, partial = false }: Sending,
  senders: Senders,
): Promise<number> {
  const columns = names.map(quoted).join(', ')
  let sent = 0
  let rest = spool.rows - spool.oddRows.length
  // LOAD DATA can only put whole rows in the place of others.
  const updates = mode === 'upsert' && partial
  if (senders.abilities.loadData && rest > 0 && !updates) {
    const how = mode === 'upsert' ? 'REPLACE' : 'IGNORE'
    const into = `${how} INTO TABLE ${quoted(table)} CHARACTER SET utf8mb4 FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n' (${columns})`
    const ranges = partsOf(spool.ends, senders.connect ? PARTS : 1)
    try {
      sent =
        ranges.length > 1
          ? await loadParts(connection, table, spool, ranges, into, senders)
          : await loadRange(connection, spool, ranges[0]!, into)
      rest = 0
    } catch (error) {
      if (!/local_infile|LOAD DATA LOCAL|not allowed|command denied/i.test(reasonOf(error))) throw error
      senders.abilities.loadData = false
    }
  }
  const verb = updates ? 'INSERT' : mode === 'upsert' ? 'REPLACE' : 'INSERT IGNORE'
  const onKey = names.map((name) => `${quoted(name)} = VALUES(${quoted(name)})`).join(', ')
  const insert = `${verb} INTO ${quoted(table)} (${columns}) VALUES ?${updates ? ` ON DUPLICATE KEY UPDATE ${onKey}` : ''}`
  if (rest > 0) sent += await insertLines(connection, insert, spool.path)
  if (spool.oddRows.length > 0) sent += await insertLines(connection, insert, spool.oddPath)
  return sent
}

function loadRange(connection: Connection, { path }: SpooledRows, range: Range, into: string): Promise<number> {
  const name = `doltflow-${randomUUID()}`
  const content = (): ReturnType<typeof createReadStream> =>
    createReadStream(path, { ...range, highWaterMark: 1 << 20 })
  return connection.load(`LOAD DATA LOCAL INFILE ${literal(name)} ${into}`, name, content)
}

async function loadParts(
  connection: Connection,
  table: string,
  spool: SpooledRows,
  ranges: Range[],
  into: string,
  { connect, keep }: Senders,
): Promise<number> {
  const { helpers } = connection
  // Two parts may have an equal row, and each counts it.
  const count = async (): Promise<number> => Number(await connection.cell(`SELECT count(*) FROM ${quoted(table)}`))
  const before = await count()
  const load = async (range: Range, index: number): Promise<number> => {
    if (index === 0) return loadRange(connection, spool, range, into)
    const helper = await connect!()
    helpers.add(helper)
    if (connection.lost) helper.destroy()
    await helper.use(connection.revision)
    return loadRange(helper, spool, range, into)
  }
  const results = await Promise.allSettled(ranges.map(load))
  const failed = results.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined
  if (failed) {
    await connection.endHelpers()
    throw isPassing(failed.reason)
      ? failed.reason
      : busyError(connection.location, reasonOf(failed.reason), failed.reason)
  }
  for (const helper of helpers) keep(helper)
  helpers.clear()
  return (await count()) - before
}

/** Parts a file at ends of rows, evenly. @param most parts, at most */
function partsOf(ends: readonly number[], most: number): Range[] {
  const size = ends.at(-1) ?? 0
  const parts = Math.max(1, Math.min(most, Math.floor(size / PART_BYTES)))
  const cuts = Array.from({ length: parts }, (_, part) => ends.find((end) => end >= (size * (part + 1)) / parts)!)
  return [...new Set(cuts)].map((end, part, all) => ({ start: all[part - 1] ?? 0, end: end - 1 }))
}

async function insertLines(connection: Connection, sql: string, path: string): Promise<number> {
  let sent = 0
  let rows: Row[] = []
  let characters = 0
  const flush = async (): Promise<void> => {
    if (rows.length > 0) sent += await connection.run(sql, [rows])
    rows = []
    characters = 0
  }
  for await (const batch of spooledRows(path))
    for (const row of batch) {
      rows.push(row)
      for (const cell of row) characters += cell?.length ?? 0
      if (rows.length >= INSERT_ROWS || characters >= INSERT_CHARACTERS) await flush()
    }
  await flush()
  return sent
}
