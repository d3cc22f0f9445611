import type { Session } from '../engines/engine.ts'
import { PublishedRuns } from './published-runs.ts'
import { readSteps, type StepRecord, type StepStatus } from './step-records.ts'

/** How many records are looked at first; ten times as many if none of them counts, such as those of failed executions and runs. */
const FIRST_LOOK = 10

/** What an execution that has a result ends with. */
const ENDED: readonly StepStatus[] = ['done', 'skipped']

/** Which past executions of steps count: those whose result was published, and those of the same run. */
export class PastSteps {
  readonly #session: Session
  readonly #published: PublishedRuns

  constructor(session: Session, run: string | null) {
    this.#session = session
    this.#published = new PublishedRuns(session, run)
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
    for await (const record of this.#counting({ step, branch })) return record
    if (anywhere) for await (const record of this.#counting({ step })) return record
    return undefined
  }

  async *#counting(where: Parameters<typeof readSteps>[1]): AsyncGenerator<StepRecord, void> {
    for (let seen = 0, limit = FIRST_LOOK; ; seen = limit, limit *= 10) {
      const records = await readSteps(this.#session, where, limit)
      for (const record of records.slice(seen))
        if (ENDED.includes(record.status) && (await this.#published.has(record))) yield record
      if (records.length < limit) return
    }
  }
}
