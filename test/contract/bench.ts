import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import {
  DoltflowError,
  open,
  type RowObject,
  type Database,
  type LoadOptions,
  type LoadWhat,
  type OpenOptions,
  type RowDiff,
  type SaveOptions,
  type Value,
} from '../../dist/index.js'

/** What not every engine can do. */
export type Ability = 'queries' | 'otherPrograms' | 'lostRemotes' | 'servers' | 'readOnly'

/** `test`, or one that is skipped with the reason in its name if the engine can't do what the test needs. */
export function testOf(engine: EngineUnderTest, ability: Ability): (name: string, work: () => Promise<void>) => void {
  return (name, work) => test.skipIf(engine.lacks?.[ability] !== undefined)(`${name}${whyNot(engine, ability)}`, work)
}

/** As `testOf`, for a part of a contract. */
export function describeOf(engine: EngineUnderTest, ability: Ability, name: string, part: () => void): void {
  describe.skipIf(engine.lacks?.[ability] !== undefined)(`${name}${whyNot(engine, ability)}`, () => {
    part()
  })
}

function whyNot({ lacks }: EngineUnderTest, ability: Ability): string {
  const reason = lacks?.[ability]
  return reason === undefined ? '' : ` (not here: ${reason})`
}

/** What a contract is told of an engine. */
export interface EngineUnderTest {
  name: string
  /** Why it is not to be had here; undefined where it is. */
  missing(): string | undefined
  /** The URL of a database in a folder; nothing is there yet. */
  url(folder: string): string
  /** Ends a database that no test needs any more; by default it goes with its folder. */
  drop?(url: string): Promise<void>
  /** The URL of a remote in a folder; nothing is there yet. */
  remoteUrl(folder: string, name: string): string
  /** The URL of a remote in a folder that can't be reached; not asked for without `lostRemotes`. */
  lostRemoteUrl(folder: string): string
  /** Another program runs SQL on a branch, and leaves it uncommitted; not asked for without `otherPrograms`. */
  leave(url: string, branch: string, sql: string): void
  /** The order in which rows come back: of the values of a key's column. */
  compareKeys(a: Value, b: Value): number
  /** What makes of a database one that may only be read. */
  readOnly: { name: string; make(url: string): Promise<Reader> }[]
  /** URLs of databases in a folder, whose names have odd characters. */
  oddUrls(folder: string): string[]
  /** What it can't do, each with the reason: the tests of it are skipped by that name. Default: nothing */
  lacks?: Partial<Record<Ability, string>>
  /** Queries that do more than read tables at their ref, with what the refusal names. @param file what one would write */
  attacks(file: string): [sql: string, named: string][]
  /** A query over `foo` that does not end within minutes. */
  endless: string
  /** Whether its columns are typed, and widen: then a table's hash tells also how its columns came to their types. */
  widens?: boolean
  /** Whether it tries for seconds to reach a remote before it gives up. */
  slowRemotes?: boolean
  /** Whether the engine can't hold a table's or a column's name, and says NAME_REFUSED. */
  refuses(kind: 'table' | 'column', name: string): boolean
}

/** How a database that may only be read is opened. */
interface Reader {
  url: string
  env?: Record<string, string>
  end(): Promise<void> | void
}

/** A folder, the databases opened in it, and short ways to say what the tests say often. */
export class Bench {
  readonly engine: EngineUnderTest
  readonly folder: string = mkdtempSync(join(tmpdir(), 'doltflow-test-'))
  readonly #open: Database[] = []
  readonly #urls: string[] = []
  #count = 0

  constructor(engine: EngineUnderTest) {
    this.engine = engine
  }

  /** A new database's URL. */
  url(): string {
    const url = this.engine.url(mkdtempSync(join(this.folder, 'database-')))
    this.#urls.push(url)
    return url
  }

  remoteUrl(): string {
    return this.engine.remoteUrl(this.folder, `remote${++this.#count}.db`)
  }

  async open(url: string = this.url(), options: OpenOptions = {}): Promise<Database> {
    const database = await open(url, options)
    this.#open.push(database)
    return database
  }

  /** A new file with this text. */
  file(text: string | Uint8Array, extension = 'csv'): string {
    const path = join(this.folder, `file${++this.#count}.${extension}`)
    writeFileSync(path, text)
    return path
  }

  /** A path where nothing is. */
  path(extension = 'csv'): string {
    return join(this.folder, `out${++this.#count}.${extension}`)
  }

  /** Saves a text, by default keyed by `id` where the table is new. */
  save(database: Database, table: string, text: string, options: SaveOptions = {}): ReturnType<Database['save']> {
    return database.save(table, this.file(text), options)
  }

  /** Loads a table's text. */
  async text(database: Database, table: LoadWhat, options: LoadOptions = {}): Promise<string> {
    const path = this.path()
    await database.load(table, path, options)
    return readFileSync(path, 'utf8')
  }

  async end(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((database) => database.close()))
    for (const url of this.#urls.splice(0)) await this.engine.drop?.(url)
    // A local Dolt server may still write there: it ends a while after its last user.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 })
  }
}

/** What a call was refused with; any other error goes through. */
export async function refusal(work: Promise<unknown> | AsyncIterable<unknown>): Promise<DoltflowError> {
  try {
    if (Symbol.asyncIterator in work) await collect(work)
    else await work
  } catch (error) {
    if (error instanceof DoltflowError) return error
    throw error
  }
  throw new Error('it was not refused')
}

export async function collect<T>(all: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const one of all) list.push(one)
  return list
}

export async function rowsOf(rows: AsyncIterable<RowObject>): Promise<unknown[][]> {
  return (await collect(rows)).map((row) => Object.values(row))
}

/** Diffs in short: the kind's first letter, the key's values and what differs. */
export function brief(diffs: RowDiff[]): string[] {
  return diffs.map(
    ({ kind, key, before, after }) => `${kind} ${JSON.stringify(Object.values(key))} ${show(before)} -> ${show(after)}`,
  )
}

function show(row: Record<string, unknown> | null): string {
  return row === null ? '-' : JSON.stringify(Object.values(row))
}
