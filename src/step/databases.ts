import type { Database } from '../database.ts'
import { NotFoundError, UsageError } from '../errors.ts'
import type { TableHandle } from '../model/handle.ts'
import { open } from '../open.ts'
import type { OpenOptions } from '../verbs/open-options.ts'
import { checkDatabases } from './check-step.ts'

/*
 * The databases that the steps of one process share: each is opened by the first that needs it, and stays open.
 */

let settings: OpenOptions = {}
const opened = new Map<string, Promise<Database>>()

/**
 * Says, once for a process, which databases names mean, and how they are opened. A handle that another machine made has a name, and
 * this says where that is here.
 * @param databases URLs by name
 * @param options as `open` takes them
 * @throws {UsageError} USAGE for a URL that is missing
 * @example
 * useDatabases({ pipeline: process.env.PIPELINE_URL ?? 'pipeline.db' }, { author: 'Nightly <nightly@example.com>' })
 */
export function useDatabases(
  databases: Readonly<Record<string, string>>,
  options: Omit<OpenOptions, 'databases' | 'run' | 'step' | 'into'> = {},
): void {
  checkDatabases(databases)
  settings = { ...options, databases }
}

/** The open database of a name or a URL. One that couldn't be opened is tried again by the next. */
export function sharedDatabase(name: string): Promise<Database> {
  const known = opened.get(name)
  if (known) return known
  const opening = open(name, settings)
  opened.set(name, opening)
  opening.catch(() => opened.delete(name))
  return opening
}

/** Lets the next step open a database again, since a step has closed it. */
export function forgetDatabase(name: string): void {
  opened.delete(name)
}

/** The open database of a handle. @throws {NotFoundError} HANDLE_NOT_FOUND if nothing says where that is */
export async function databaseOf({ db: name }: TableHandle): Promise<Database> {
  try {
    return await sharedDatabase(name)
  } catch (error) {
    const names = Object.keys(settings.databases ?? {})
    if (names.includes(name) || !(error instanceof UsageError || error instanceof NotFoundError)) throw error
    const known = names.length === 0 ? 'This process has named none' : `This process has named: ${names.join(', ')}`
    throw new NotFoundError(
      'HANDLE_NOT_FOUND',
      `The handle names the database ${name}, and it can't be opened here (${error.code}). ${known}. Say where it is: useDatabases({ ${JSON.stringify(name)}: URL })`,
      { data: { db: name }, cause: error },
    )
  }
}

/**
 * Closes what steps have opened, after the calls that run, as a worker does that shuts down. A step that begins later opens its database
 * again.
 */
export async function closeDatabases(): Promise<void> {
  const all = [...opened.values()]
  opened.clear()
  await Promise.allSettled(all.map(async (opening) => (await opening).close()))
}
