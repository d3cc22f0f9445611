import type { ConflictPolicy, Hash } from '../../types.ts'
import type { Merged, Signature } from '../engine.ts'
import { commit } from './build.ts'
import { definition, readSchema, type StoredColumn, type StoredSchema } from './columns.ts'
import type { Connection } from './connection.ts'
import { fastForward, merge } from './publish.ts'
import { removeScratch, scratchName } from './scratch.ts'
import { quoted } from './sql.ts'
import { isSafe, typeToHoldBoth } from './widening.ts'

/** A table whose columns two commits store in other types, and the types that hold both. */
interface Widening {
  table: string
  columns: StoredColumn[]
}

/** What must be widened before two commits can be merged, of the tables whose schemas differ. */
export async function wideningsFor(
  connection: Connection,
  ours: Hash,
  theirs: Hash,
  changed: readonly string[],
): Promise<Widening[]> {
  const widenings: Widening[] = []
  for (const table of changed) {
    const columns = await widerColumns(connection, table, ours, theirs)
    if (columns.length > 0) widenings.push({ table, columns })
  }
  return widenings
}

async function widerColumns(connection: Connection, table: string, ours: Hash, theirs: Hash): Promise<StoredColumn[]> {
  const there = await schemaAt(connection, ours, table)
  const here = await schemaAt(connection, theirs, table)
  const columns: StoredColumn[] = []
  for (const column of there.columns) {
    const other = here.columns.find(({ name }) => name === column.name)
    if (!other || there.key.includes(column.name) || here.key.includes(column.name)) continue
    if (other.stored === column.stored && other.type === column.type) continue
    const safe = await isSafeAt(
      connection,
      [
        [ours, column],
        [theirs, other],
      ],
      table,
    )
    columns.push({
      name: column.name,
      type: column.type === other.type ? column.type : 'any',
      stored: typeToHoldBoth(column.stored, other.stored, safe),
    })
  }
  return columns
}

async function isSafeAt(connection: Connection, sides: [Hash, StoredColumn][], table: string): Promise<boolean> {
  for (const [commitHash, { name, stored }] of sides) {
    if (stored !== 'bigint') continue
    await connection.use(commitHash)
    if (!(await isSafe(connection, table, name))) return false
  }
  return true
}

async function schemaAt(connection: Connection, hash: Hash, table: string): Promise<StoredSchema> {
  await connection.use(hash)
  return (await readSchema(connection, table))!
}

/**
 * Merges two commits whose columns have other types: both are first brought to the wider ones, each on a scratch
 * branch of its own. The target moves in one step, at the end.
 * @returns undefined where the target has moved meanwhile
 */
export async function mergeWidened(
  connection: Connection,
  target: string,
  { ours, theirs, widenings }: { ours: Hash; theirs: Hash; widenings: Widening[] },
  policy: ConflictPolicy,
  signature: Signature & { always?: boolean },
): Promise<Merged | undefined> {
  const names = [scratchName('widening'), scratchName('widening')] as const
  try {
    await widen(connection, names[0], ours, widenings, signature)
    const wider = await widen(connection, names[1], theirs, widenings, signature)
    const merged = await merge(connection, false, names[0], wider, policy, signature)
    if ('conflicts' in merged) return merged
    if (!merged.merged) return { commit: ours, merged: false }
    return (await fastForward(connection, false, target, ours, merged.commit)) ? merged : undefined
  } finally {
    if (!connection.lost) for (const name of names) await removeScratch(connection, name)
  }
}

async function widen(
  connection: Connection,
  scratch: string,
  at: Hash,
  widenings: Widening[],
  { author }: Signature,
): Promise<Hash> {
  await connection.useDefault()
  await connection.rows('CALL dolt_branch(?, ?)', [scratch, at])
  await connection.use(scratch)
  let changed = false
  for (const { table, columns } of widenings) {
    const schema = (await readSchema(connection, table))!
    for (const column of columns) {
      const own = schema.columns.find(({ name }) => name === column.name)!
      if (own.stored === column.stored && own.type === column.type) continue
      changed = true
      await connection.run(`ALTER TABLE ${quoted(table)} MODIFY COLUMN ${definition(column, false)}`)
    }
  }
  if (!changed) return at
  const tables = widenings.map(({ table }) => table).join(', ')
  return commit(connection, { message: `widen columns of ${tables} for a merge`, author })
}
