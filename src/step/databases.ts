import type { Database } from '../database.ts'
import { open } from '../open.ts'
import type { OpenOptions } from '../verbs/open-options.ts'

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
 * @example
 * useDatabases({ pipeline: process.env.PIPELINE_URL ?? 'pipeline.db' }, { author: 'Nightly <nightly@example.com>' })
 */
export function useDatabases(
  databases: Readonly<Record<string, string>>,
  options: Omit<OpenOptions, 'databases' | 'run' | 'step' | 'into'> = {},
): void {
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

/**
 * Closes what steps have opened, after the calls that run, as a worker does that shuts down. A step that begins later opens its database
 * again.
 */
export async function closeDatabases(): Promise<void> {
  const all = [...opened.values()]
  opened.clear()
  await Promise.allSettled(all.map(async (opening) => (await opening).close()))
}
