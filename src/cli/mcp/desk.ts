import { contextOf, Database } from '../../database.ts'
import { messageFor } from '../../spelling.ts'
import { AskedDatabase } from '../asked-database.ts'
import { withTableNames } from '../missing-table.ts'
import { asDoltflowError } from '../report.ts'
import { withoutPassword } from '../text/words.ts'
import { answerOf } from './answer.ts'
import { historyTools } from './history-tools.ts'
import { runTools } from './run-tools.ts'
import { tableTools } from './table-tools.ts'
import { givenTo, number, type Tool } from './tool.ts'

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
  readonly #asked: AskedDatabase

  /** @param open is called again after it failed: the database may be made meanwhile */
  constructor(open: () => Promise<Database>) {
    this.#asked = new AskedDatabase(open)
  }

  /** Never rejects. */
  call(tool: Tool, args: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<ToolAnswer> {
    return this.#asked.tracked(this.#answer(tool, args, signal))
  }

  /** Waits until all that was asked is answered. */
  idle(): Promise<void> {
    return this.#asked.idle()
  }

  async #answer(tool: Tool, args: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<ToolAnswer> {
    let db: Database | undefined
    try {
      const { timeout: time = TIMEOUT, ...given } = givenTo(tool, args) as { timeout?: number }
      const found = await this.#asked.inTurn({ signal, timeout: time }, (opened, stop) => {
        db = opened
        const context = contextOf(opened)
        // The same database, whose calls the signal stops; it is the one that is closed.
        return tool.run(new Database(context, AbortSignal.any([context.stop, stop!])), given)
      })
      return { document: answerOf(found), isError: false }
    } catch (error) {
      return refusal(await withTableNames(error, db, args['at'] as string | undefined))
    }
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
