import type { Database } from '../database.ts'
import type { OpenOptions } from '../verbs/open-options.ts'
import { defaultAuthor } from './author.ts'
import type { Effects } from './effects.ts'
import { atFolder, findDatabase } from './find-database.ts'
import type { Given, OptionValues } from './options.ts'
import { progressLine, timed, type ProgressLine } from './progress.ts'
import { isShortWork } from './short.ts'
import { toJson } from './text/json.ts'
import { Output } from './text/output.ts'

/** How a verb opens its database. */
export interface Opening {
  /** The verb may be recorded, so that it needs an author. Default: false */
  writes?: boolean
  /** The verb may make the database, if the user named one. Default: false */
  creates?: boolean
  /** Whether the verb speaks to no remote and is short, so that an interrupt may wait for it; or what it reads, which tells. Default: false */
  isShort?: boolean | readonly string[]
  /** Why the verb writes nothing, and tells no sink. Default: it may */
  readOnly?: string
}

type Environment =
  | 'DOLTFLOW_BRANCH'
  | 'DOLTFLOW_RUN'
  | 'DOLTFLOW_INTO'
  | 'DOLTFLOW_STEP'
  | 'DOLTFLOW_REMOTE'
  | 'DOLTFLOW_AUTHOR'
  | 'DOLTFLOW_SINKS'
  | 'DOLTFLOW_FORCE'
  | 'DOLTFLOW_DB'

/** One call of a verb: what was given, and the ways to the database and to the user. */
export class Call<Specs> {
  readonly values: OptionValues<Specs>
  readonly positionals: readonly string[]
  /** What stood behind `--`. */
  readonly command: readonly string[] | undefined
  /** The line as it was typed, for a shell. */
  readonly typed: string
  readonly effects: Effects
  readonly out: Output
  readonly errors: Output
  /** Whether the answer is a JSON document. */
  readonly json: boolean
  readonly #common: { db?: string }
  #database: Database | undefined
  #progress: ProgressLine | undefined

  constructor(
    { values, positionals, command, typed }: Given<Specs>,
    effects: Effects,
    outputs: { out: Output; errors: Output },
  ) {
    const common = values as { db?: string; json?: boolean }
    this.values = values
    this.positionals = positionals
    this.command = command
    this.typed = typed
    this.effects = effects
    this.out = outputs.out
    this.errors = outputs.errors
    this.json = common.json ?? false
    this.#common = common
  }

  /** An environment variable; undefined if it is empty. */
  variable(name: Environment): string | undefined {
    return this.effects.env[name] || undefined
  }

  /** The sinks that the environment names; undefined if it names none. */
  sinks(): string[] | undefined {
    return this.variable('DOLTFLOW_SINKS')?.split(/\s+/).filter(Boolean)
  }

  /** A path as the user means it. */
  path(given: string): string {
    return atFolder(this.effects.cwd, given)
  }

  /** The database that is named or found. @throws {NotFoundError} DATABASE_NOT_FOUND */
  databaseUrl(db: string | undefined = this.#common.db): { url: string; named: boolean } {
    return findDatabase(db ?? this.variable('DOLTFLOW_DB'), this.effects.cwd)
  }

  /** The database that a pin names, unless the user names one. */
  pinned(db: string): { url?: string } {
    return (this.#common.db ?? this.variable('DOLTFLOW_DB')) === undefined ? { url: db } : {}
  }

  /** The database that is named, else `./doltflow.db`. */
  newDatabaseUrl(): string {
    return this.path(this.#common.db ?? this.variable('DOLTFLOW_DB') ?? 'doltflow.db')
  }

  /** Opens the database; it is closed when the verb ends. */
  async open(opening: Opening & { url?: string } = {}): Promise<Database> {
    const found = opening.url === undefined ? this.databaseUrl() : { url: opening.url, named: true }
    const { openFor } = await import('../open.ts')
    const options = {
      create: (opening.creates ?? false) && found.named,
      ...(await this.#defaults(opening.writes ?? false)),
      ...(opening.readOnly === undefined ? {} : { sinks: [] }),
    }
    const { isShort = false } = opening
    const mayBlock =
      typeof isShort === 'boolean' ? isShort : options.remote === undefined && isShortWork(found.url, isShort)
    this.#database = await openFor(found.url, options, {
      mayBlock,
      ...(opening.readOnly === undefined ? {} : { readOnly: opening.readOnly }),
    })
    return this.#database
  }

  /** The database, once it is open. */
  get database(): Database | undefined {
    return this.#database
  }

  /** Ends what the verb left open. */
  async end(): Promise<void> {
    this.#progress?.clear()
    await this.#database?.close()
  }

  /** A callback that shows progress; undefined if nobody would see it. */
  progress(label: string, done: string): ProgressLine['show'] | undefined {
    if (!this.errors.isTTY) return undefined
    this.#progress = progressLine(label, done, this.effects)
    return this.#progress.show
  }

  /** Waits for work that tells no progress; a terminal shows how long it takes. */
  during<T>(label: string, work: Promise<T>): Promise<T> {
    return this.errors.isTTY ? timed(label, work, this.effects) : work
  }

  /** Answers with a document, or with text for people; `on` is standard error if the data goes to standard output. */
  answer(document: unknown, text: (output: Output) => void, on: Output = this.out): void {
    this.#progress?.clear()
    if (this.json) on.line(toJson(document))
    else text(on)
  }

  async #defaults(writes: boolean): Promise<OpenOptions> {
    const given = this.values as { author?: string; run?: string; step?: string; remote?: string }
    const author = writes
      ? (given.author ?? this.variable('DOLTFLOW_AUTHOR') ?? (await defaultAuthor(this.effects)))
      : undefined
    return {
      branch: this.variable('DOLTFLOW_BRANCH'),
      into: this.variable('DOLTFLOW_INTO'),
      run: given.run ?? this.variable('DOLTFLOW_RUN'),
      step: given.step ?? this.variable('DOLTFLOW_STEP'),
      remote: given.remote ?? this.variable('DOLTFLOW_REMOTE'),
      author,
      sinks: this.sinks(),
    }
  }
}
