import { DoltflowError, reasonOf } from '../../../errors.ts'
import { scratchName } from '../../../system/scratch-name.ts'
import type { ConflictWord, Hash } from '../../../types.ts'
import type { Merged, MergeSignature, Signature } from '../../engine.ts'
import { commit } from '../branches/commit.ts'
import { fastForward } from '../branches/move.ts'
import { removeScratch } from '../branches/scratch.ts'
import type { Connection } from '../connection/connection.ts'
import { literal, quoted } from '../connection/sql.ts'
import { definition, readSchema, schemaAt, type StoredColumn, type StoredSchema } from '../tables/columns.ts'
import { isSafe, typeToHoldBoth } from '../tables/widening.ts'
import { BROKEN, merge } from './merge.ts'

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
  const there = (await schemaAt(connection, ours, table))!
  const here = (await schemaAt(connection, theirs, table))!
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

/** Two commits to merge, and the branch that is at the first one. */
interface MergeSides {
  target: string
  ours: Hash
  theirs: Hash
}

/**
 * Merges two commits. If columns have other types, both are first brought to the wider ones, each on a scratch branch
 * of its own. Columns, or a table, that both sides made the engine takes for others if they were made in another order
 * or with other types, also if they were widened since: there theirs is made again as ours is. The target moves in one
 * step, at the end.
 * @returns undefined if the target has moved meanwhile
 */
export async function mergeWidened(
  connection: Connection,
  sides: MergeSides,
  widenings: Widening[],
  policy: ConflictWord,
  signature: MergeSignature,
): Promise<Merged | undefined> {
  const remade: string[] = []
  const wider = [...widenings]
  for (;;)
    try {
      if (wider.length === 0 && remade.length === 0)
        return await merge(connection, sides.target, sides.theirs, policy, signature)
      return await mergeAside(connection, sides, policy, signature, async (mine, other) => {
        const shape = await widen(connection, mine, sides.ours, wider, signature)
        const others = wider.filter(({ table }) => !remade.includes(table))
        const widened = await widen(connection, other, sides.theirs, others, signature)
        return remade.length === 0 ? widened : remake(connection, remade, shape, sides.theirs, signature)
      })
    } catch (error) {
      const more = await tablesToRemake(connection, sides, error)
      if (more.length === 0 || more.some((table) => remade.includes(table))) throw error
      remade.push(...more)
      // Of tables that both sides made, the engine does not say whether their schemas differ.
      const unseen = more.filter((name) => !wider.some(({ table }) => table === name))
      wider.push(...(await wideningsFor(connection, sides.ours, sides.theirs, unseen)))
    }
}

/** Tables that kept two commits from being merged, if theirs can be made again: all of them, or none. */
async function tablesToRemake(connection: Connection, { ours, theirs }: MergeSides, error: unknown): Promise<string[]> {
  if (!(error instanceof DoltflowError) || error.code !== 'SCHEMA_CONFLICT' || error.data['reason'] === BROKEN)
    return []
  const twice = madeTwice(error)
  const tables = twice === undefined ? (error.data['tables'] as string[]) : [twice]
  await connection.useDefault()
  const base = await connection.cell<Hash>('SELECT dolt_merge_base(?, ?)', [ours, theirs])
  for (const table of tables) {
    const there = await schemaAt(connection, ours, table)
    const here = await schemaAt(connection, theirs, table)
    if (!there || !here || JSON.stringify(there.key) !== JSON.stringify(here.key)) return []
    const before = base && (await schemaAt(connection, base, table))
    const apart = [...onlyIn(there, here), ...onlyIn(here, there)]
    if (before ? apart.some(({ name }) => before.columns.some((column) => column.name === name)) : apart.length > 0)
      return []
  }
  return tables
}

function madeTwice({ cause }: DoltflowError): string | undefined {
  const reason = reasonOf(cause)
  return /^table with same name '(.+)' added in 2 commits/.exec(reason)?.[1]
}

/** Makes tables again on a scratch branch, as a commit has them: with the rows, and the columns, that they have at `theirs`. */
async function remake(
  connection: Connection,
  tables: readonly string[],
  shape: Hash,
  theirs: Hash,
  { author }: Signature,
): Promise<Hash> {
  const scratch = connection.revision
  for (const table of tables) {
    const there = (await schemaAt(connection, shape, table))!
    const here = (await schemaAt(connection, theirs, table))!
    const names = here.columns.map(({ name }) => quoted(name)).join(', ')
    await connection.use(scratch)
    await connection.rows("CALL dolt_checkout(?, '--', ?)", [shape, table])
    await connection.run(`DELETE FROM ${quoted(table)}`)
    const changes = [
      ...onlyIn(there, here).map(({ name }) => `DROP COLUMN ${quoted(name)}`),
      ...onlyIn(here, there).map((column) => `ADD COLUMN ${definition(column, false)}`),
    ]
    for (const change of changes) await connection.run(`ALTER TABLE ${quoted(table)} ${change}`)
    await connection.run(
      `INSERT INTO ${quoted(table)} (${names}) SELECT ${names} FROM ${quoted(table)} AS OF ${literal(theirs)}`,
    )
  }
  return commit(connection, { message: `make ${tables.join(', ')} as the branch has it, for a merge`, author })
}

function onlyIn({ columns }: StoredSchema, other: StoredSchema): StoredColumn[] {
  return columns.filter(({ name }) => !other.columns.some((column) => column.name === name))
}

/** @param prepare fills two scratch branches, the first at ours; gives the commit to merge into it */
async function mergeAside(
  connection: Connection,
  { target, ours }: MergeSides,
  policy: ConflictWord,
  signature: MergeSignature,
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
