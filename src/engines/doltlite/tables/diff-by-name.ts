import type { DiffCounts, DiffKind, Hash, Row, Schema } from '../../../types.ts'
import { Connection, quoted } from '../connection/connection.ts'

/** Whether the engine's own diff compares the right cells: it does so by their places, not by the columns' names. */
export function comparesByPlace(before: Schema, after: Schema): boolean {
  const [short, long] = [before, after]
    .map(({ columns }) => columns.map(({ name }) => name))
    .toSorted((a, b) => a.length - b.length)
  return short!.every((name, place) => long![place] === name)
}

/**
 * The keys of rows that differ between two commits of a table whose columns are not at the same places, in key
 * order. They are kept in a temporary table of a connection of its own, which has both commits attached.
 */
export class DiffByName {
  readonly #connection: Connection

  constructor(path: string, from: Hash, to: Hash, table: string, before: Schema, after: Schema) {
    this.#connection = new Connection(':memory:')
    this.#connection.get('ATTACH ? AS before', `${path}/${from}`)
    this.#connection.get('ATTACH ? AS after', `${path}/${to}`)
    this.#connection.exec(`CREATE TEMP TABLE changed AS ${changedKeys(table, before, after)}`)
  }

  counts(): DiffCounts {
    const counts = { added: 0, modified: 0, removed: 0 }
    for (const [kind, rows] of this.#connection.all('SELECT kind, count(*) FROM temp.changed GROUP BY kind'))
      counts[kind as DiffKind] = rows as number
    return counts
  }

  /** The kind of the difference and the key's cells. */
  keys(offset: number, limit: number): Row[] {
    return this.#connection
      .prepareExact('SELECT * FROM temp.changed WHERE rowid > ? AND rowid <= ? ORDER BY rowid')
      .all(offset, offset + limit) as Row[]
  }

  close(): void {
    this.#connection.close()
  }
}

function changedKeys(table: string, before: Schema, after: Schema): string {
  const types = new Map(after.columns.map(({ name, type }) => [name, type]))
  const differs = [
    ...before.columns.map(({ name, type }) => {
      const cell = quoted(name)
      if (!types.has(name)) return `b.${cell} IS NOT NULL`
      // A column's type may make a text equal to a number.
      const kinds = types.get(name) === type ? '' : ` OR typeof(b.${cell}) <> typeof(a.${cell})`
      return `b.${cell} IS NOT a.${cell}${kinds}`
    }),
    ...after.columns
      .filter(({ name }) => !before.columns.some((column) => column.name === name))
      .map(({ name }) => `a.${quoted(name)} IS NOT NULL`),
  ]
  const key = before.key.map(quoted)
  const first = key[0]!
  const same = key.map((cell) => `b.${cell} = a.${cell} AND typeof(b.${cell}) = typeof(a.${cell})`).join(' AND ')
  const cells = (side: string): string => key.map((cell, index) => `${side}.${cell} AS k${index}`).join(', ')
  return `SELECT * FROM (
    SELECT CASE WHEN a.${first} IS NULL THEN 'removed' ELSE 'modified' END AS kind, ${cells('b')}
    FROM before.${quoted(table)} b LEFT JOIN after.${quoted(table)} a ON ${same} WHERE a.${first} IS NULL OR ${differs.join(' OR ')}
    UNION ALL
    SELECT 'added', ${cells('a')} FROM after.${quoted(table)} a LEFT JOIN before.${quoted(table)} b ON ${same} WHERE b.${first} IS NULL
  ) ORDER BY ${key.map((_, index) => `k${index}`).join(', ')}`
}
