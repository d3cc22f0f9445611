import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { guarded, withSession, type Context } from '../context.ts'
import type { Session } from '../engines/engine.ts'
import { DoltflowError } from '../errors.ts'
import { fileNameOf } from '../files/table-files.ts'
import type { Written } from '../files/write-target.ts'
import type { Action, Finding } from '../model/action.ts'
import { RECORDS_TABLE } from '../model/names.ts'
import { executionsOf, type TableVersion } from './lineage/executions.ts'
import {
  beginLoad,
  checkFormat,
  commitToLoad,
  pullFirst,
  tell,
  withDeadline,
  writeTo,
  type LoadOptions,
} from './load.ts'
import { rememberLoaded } from './loaded.ts'

/** Options of a load of all tables. */
export interface LoadAllOptions extends Omit<LoadOptions, 'id' | 'target' | 'types'> {
  /** As an extension names it, such as `csv.gz`: the format of every file. Default: `csv` */
  format?: string | undefined
}

/**
 * Loads every table of one commit into a folder, a file each, named as the table; of `at: 'run:<id>'` every table that the run read or
 * wrote, as it had it. The files are put in their places
 * when all are written. Files of tables that are not there stay as they are.
 * @returns the actions, in the order of the tables' names
 * @throws as `load`
 */
export async function loadAll(context: Context, folder: string, options: LoadAllOptions = {}): Promise<Action[]> {
  return withDeadline(options, (timed) => loadTables(context, folder, guarded(context, timed)))
}

async function loadTables(context: Context, folder: string, options: LoadAllOptions): Promise<Action[]> {
  const { format = 'csv' } = options
  checkFormat(folder, { ...options, format })
  return withSession(
    context,
    async (session) => {
      const written: Written[] = []
      const findings: Finding[] = []
      const notices = await pullFirst(session, context, beginLoad(context, '', folder, options), options)
      const versions = await versionsOf(session, context, options)
      await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
        throw new DoltflowError('IO_FAILED', `The folder ${folder} can't be made: ${(cause as Error).message}.`, {
          data: { path: folder, reason: (cause as NodeJS.ErrnoException).code },
          cause,
        })
      })
      try {
        for (const { table, commit } of versions) {
          const path = join(folder, fileNameOf(table, format))
          const intent = beginLoad(context, table, path, options)
          const one = await writeTo(session, commit, { table }, path, { ...options, format })
          findings.push({ intent, found: { ...one.found, notices } })
          written.push(one.written)
        }
        for (const one of written) await one.replace()
        await session.shield(async () => {
          for (const [at, { intent }] of findings.entries())
            await rememberLoaded(
              session,
              context,
              { table: intent.table! },
              intent.file!,
              versions[at]!.commit,
              options,
            )
        })
      } finally {
        for (const one of written) await one.discard()
      }
      return session.shield(async () => {
        const actions: Action[] = []
        for (const finding of findings) actions.push(await tell(context, session, finding, options))
        return actions
      })
    },
    { signal: options.signal },
  )
}

/** Every table of a commit; of a run, every table that it read or wrote, as it had it last. */
async function versionsOf(session: Session, context: Context, options: LoadAllOptions): Promise<TableVersion[]> {
  const [, run] = /^run:(.+)$/s.exec(options.at ?? '') ?? []
  const known =
    run === undefined || (await session.head(options.at!)) !== undefined ? [] : await versionsOfRun(session, run)
  if (known.length > 0) return known
  const commit = await commitToLoad(session, context, undefined, options)
  const tables = (await session.tables(commit)).filter((table) => table !== RECORDS_TABLE)
  return tables.map((table) => ({ table, commit }))
}

async function versionsOfRun(session: Session, run: string): Promise<TableVersion[]> {
  const executions = await executionsOf(session, run)
  const versions = new Map<string, TableVersion>()
  // What it wrote counts more than what it read.
  for (const { reads } of executions) for (const read of reads) versions.set(read.table, read)
  for (const { writes } of executions) for (const write of writes) versions.set(write.table, write)
  const there: TableVersion[] = []
  for (const one of versions.values())
    if ((await session.tableHash(one.commit, one.table)) !== undefined) there.push(one)
  return there.toSorted((a, b) => (a.table < b.table ? -1 : 1))
}
