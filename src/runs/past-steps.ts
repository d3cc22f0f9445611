import type { Session } from '../engines/engine.ts'
import { readEvents } from './events.ts'
import { readSteps, type StepRecord, type StepStatus } from './step-records.ts'

/** How many records are looked at, at most: those of failed runs don't count, and there may be a few of them. */
const LOOKED_AT = 100

/** What an execution that has a result ends with. */
const ENDED: readonly StepStatus[] = ['done', 'skipped']

/** Which past executions of steps count: those whose result was published, and those of the same run. */
export class PastSteps {
  readonly #session: Session
  readonly #run: string | null
  readonly #published = new Map<string, boolean>()

  constructor(session: Session, run: string | null) {
    this.#session = session
    this.#run = run
  }

  /** The executions of a key that count, the newest first. */
  ofKey(key: string): AsyncGenerator<StepRecord, void> {
    return this.#counting({ key, status: 'done' })
  }

  /** The newest execution of a step that counts: of this branch, or else of any if `anywhere`. */
  async last(
    step: string,
    branch: string,
    { anywhere = false }: { anywhere?: boolean } = {},
  ): Promise<StepRecord | undefined> {
    let other: StepRecord | undefined
    for await (const record of this.#counting({ step })) {
      if (record.branch === branch) return record
      other ??= record
    }
    return anywhere ? other : undefined
  }

  async *#counting(where: Parameters<typeof readSteps>[1]): AsyncGenerator<StepRecord, void> {
    for (const record of await readSteps(this.#session, where, LOOKED_AT))
      if (ENDED.includes(record.status) && (await this.#counts(record))) yield record
  }

  /** A run that is only a name publishes each save by itself. */
  async #counts({ run }: StepRecord): Promise<boolean> {
    if (run === null || run === this.#run) return true
    const known = this.#published.get(run)
    if (known !== undefined) return known
    const events = await readEvents(this.#session, run)
    const counts = events.length === 0 || events.some(({ event }) => event === 'published')
    this.#published.set(run, counts)
    return counts
  }
}
