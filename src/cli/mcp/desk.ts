import { contextOf, Database } from '../../database.ts'
import { messageFor } from '../../spelling.ts'
import { throwIfAborted, unlessAborted } from '../../system/abort.ts'
import { deadline } from '../../system/deadline.ts'
import { Turns } from '../../system/turns.ts'
import { withTableNames } from '../missing-table.ts'
import { asDoltflowError } from '../report.ts'
import { withoutPassword } from '../text/words.ts'
import { answerOf } from './answer.ts'
import { historyTools } from './history-tools.ts'
import { runTools } from './run-tools.ts'
import { tableTools } from './table-tools.ts'
import { givenTo, number, type Tool } from './tool.ts'

/** How many tools work at once; the others wait their turn. */
const AT_ONCE = 4
/** How long a tool may take, in ms, if its caller doesn't say. */
const TIMEOUT = 30_000
const MOST_TIMEOUT = 300_000
/** How many characters of a message are told: it may quote a query. */
const LONGEST = 2000

const timeout = number(`How long it may take, in ms. Default: ${TIMEOUT}.`, MOST_TIMEOUT)

/** All tools, in the order in which they are listed. Each has a time limit. */
export const tools: readonly Tool[] = [...tableTools, ...historyTools, ...runTools].map((one) => ({
  ...one,
  params: { ...one.params, timeout },
}))

/** What a tool answers; a refusal is an answer, too. */
export interface ToolAnswer {
  document: Record<string, unknown>
  isError: boolean
}

/** Where tools are called: some at once, each for a bounded time. */
export class Desk {
  readonly #open: () => Promise<Database>
  readonly #running = new Set<Promise<unknown>>()
  readonly #turns = new Turns(AT_ONCE)
  #database: Promise<Database> | undefined

  /** @param open is called again after it failed: the database may be made meanwhile */
  constructor(open: () => Promise<Database>) {
    this.#open = open
  }

  /** Never rejects. */
  call(tool: Tool, args: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<ToolAnswer> {
    const answer = this.#answer(tool, args, signal)
    this.#running.add(answer)
    void answer.finally(() => this.#running.delete(answer))
    return answer
  }

  /** Waits until all that was asked is answered. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  async #answer(tool: Tool, args: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<ToolAnswer> {
    let db: Database | undefined
    try {
      const { timeout: time = TIMEOUT, ...given } = givenTo(tool, args) as { timeout?: number }
      await this.#turns.take()
      const limit = deadline({ signal, timeout: time })
      const work = this.#work(tool, given, limit.signal!, (opened) => (db = opened))
      // What can't be stopped at once keeps its turn, but not its caller.
      const over = (): void => this.#turns.leave()
      work.then(over, over)
      const found = await unlessAborted(limit.signal, work).catch((error: unknown) => Promise.reject(limit.told(error)))
      return { document: answerOf(found), isError: false }
    } catch (error) {
      return refusal(await withTableNames(error, db, args['at'] as string | undefined))
    }
  }

  async #work(
    tool: Tool,
    given: Record<string, unknown>,
    signal: AbortSignal,
    opened: (db: Database) => void,
  ): Promise<object> {
    throwIfAborted(signal)
    this.#database ??= this.#open().catch((error: unknown) => {
      this.#database = undefined
      throw error
    })
    const db = await this.#database
    opened(db)
    const context = contextOf(db)
    // The same database, whose calls the signal stops; it is the one that is closed.
    return tool.run(new Database(context, AbortSignal.any([context.stop, signal])), given)
  }
}

/** doltflow's error document, as `--json` prints it. */
function refusal(error: unknown): ToolAnswer {
  const refused = asDoltflowError(error)
  const { code, retryable, data } = refused
  const said = withoutPassword(messageFor('shell', refused))
  // A message stays a text.
  const short = said.length > LONGEST ? `${said.slice(0, LONGEST).toWellFormed()}…` : said
  const { error: told } = answerOf({ error: { code, retryable, data } }) as { error: object }
  return { document: { error: { ...told, message: short } }, isError: true }
}
