import { DoltflowError } from '../../errors.ts'
import type { ConflictPolicy, Hash } from '../../types.ts'
import type { Merged, Signature } from '../engine.ts'
import { commit } from './build.ts'
import { definition, readSchema, type StoredColumn, type StoredSchema } from './columns.ts'
import type { Connection } from './connection.ts'
import { fastForward, merge } from './publish.ts'
import { removeScratch, scratchName } from './scratch.ts'
import { literal, quoted } from './sql.ts'
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

/** Two commits to merge, and the branch that is at the first one. */
interface Sides {
  target: string
  ours: Hash
  theirs: Hash
}

/**
 * Merges two commits whose columns have other types: both are first brought to the wider ones, each on a scratch
 * branch of its own. The target moves in one step, at the end.
 * @returns undefined where the target has moved meanwhile
 */
export function mergeWidened(
  connection: Connection,
  sides: Sides,
  widenings: Widening[],
  policy: ConflictPolicy,
  signature: Signature & { always?: boolean },
): Promise<Merged | undefined> {
  return mergeAside(connection, sides, policy, signature, async (mine, other) => {
    await widen(connection, mine, sides.ours, widenings, signature)
    return widen(connection, other, sides.theirs, widenings, signature)
  })
}

/**
 * Merges two commits that both made a table, with columns of the same names. The engine takes these for others where
 * they were made in another order or with other types, also if they were widened since: theirs is made anew as ours is.
 * @returns undefined where the target has moved meanwhile
 */
function mergeRemade(
  connection: Connection,
  sides: Sides,
  table: string,
  policy: ConflictPolicy,
  signature: Signature & { always?: boolean },
): Promise<Merged | undefined> {
  return mergeAside(connection, sides, policy, signature, async (mine, other) => {
    const widenings = await wideningsFor(connection, sides.ours, sides.theirs, [table])
    const shape = await widen(connection, mine, sides.ours, widenings, signature)
    const columns = (await schemaAt(connection, sides.theirs, table)).columns.map(({ name }) => quoted(name)).join(', ')
    await branchAt(connection, other, sides.theirs)
    await connection.rows("CALL dolt_checkout(?, '--', ?)", [shape, table])
    await connection.run(`DELETE FROM ${quoted(table)}`)
    await connection.run(
      `INSERT INTO ${quoted(table)} (${columns}) SELECT ${columns} FROM ${quoted(table)} AS OF ${literal(sides.theirs)}`,
    )
    return commit(connection, { message: `make ${table} as the branch has it, for a merge`, author: signature.author })
  })
}

/** Merges; where both sides made a table, and the engine can't, theirs is made anew as ours is. */
export async function mergeOrRemake(
  connection: Connection,
  sides: Sides,
  policy: ConflictPolicy,
  signature: Signature & { always?: boolean },
): Promise<Merged | undefined> {
  try {
    return await merge(connection, sides.target, sides.theirs, policy, signature)
  } catch (error) {
    const table = madeTwice(error)
    if (table === undefined) throw error
    const ours = await schemaAt(connection, sides.ours, table)
    const theirs = await schemaAt(connection, sides.theirs, table)
    if (namesOf(ours) !== namesOf(theirs)) throw error
    return mergeRemade(connection, sides, table, policy, signature)
  }
}

/** A table's columns and key by their names, in no order of columns. */
function namesOf({ columns, key }: StoredSchema): string {
  return JSON.stringify([columns.map(({ name }) => name).toSorted(), key])
}

function madeTwice(error: unknown): string | undefined {
  const { cause } = error as { cause?: unknown }
  const reason = cause instanceof DoltflowError ? String(cause.data['reason']) : ''
  return /^table with same name '(.+)' added in 2 commits/.exec(reason)?.[1]
}

/** @param prepare fills two scratch branches, the first at ours; gives the commit to merge into it */
async function mergeAside(
  connection: Connection,
  { target, ours }: Sides,
  policy: ConflictPolicy,
  signature: Signature & { always?: boolean },
  prepare: (mine: string, other: string) => Promise<Hash>,
): Promise<Merged | undefined> {
  const names = [scratchName('widening'), scratchName('widening')] as const
  try {
    const wider = await prepare(...names)
    const merged = await merge(connection, names[0], wider, policy, signature)
    if ('conflicts' in merged) return merged
    if (!merged.merged) return { commit: ours, merged: false }
    return (await fastForward(connection, false, target, ours, merged.commit)) ? merged : undefined
  } finally {
    if (!connection.lost) for (const name of names) await removeScratch(connection, name)
  }
}

async function branchAt(connection: Connection, scratch: string, at: Hash): Promise<void> {
  await connection.useDefault()
  await connection.rows('CALL dolt_branch(?, ?)', [scratch, at])
  await connection.use(scratch)
}

async function widen(
  connection: Connection,
  scratch: string,
  at: Hash,
  widenings: Widening[],
  { author }: Signature,
): Promise<Hash> {
  await branchAt(connection, scratch, at)
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
