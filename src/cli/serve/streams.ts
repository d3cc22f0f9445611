import { UsageError } from '../../errors.ts'

/** How many values one `next` gives at most, and how many bytes of rows about. */
const VALUES = 1000
const CELLS = 20_000

interface Stream {
  values: AsyncIterator<unknown>
  db: number
  /** Called once it is over. */
  ended(): void
}

/** What verbs give one by one, and the client fetches in parts, as fast as it likes. */
export class Streams {
  readonly #open = new Map<number, Stream>()
  #lastId = 0

  add(values: AsyncIterable<unknown>, db: number, ended: () => void): number {
    this.#open.set(++this.#lastId, { values: values[Symbol.asyncIterator](), db, ended })
    return this.#lastId
  }

  /** The next values; `done` says that these were the last. */
  async next(id: number): Promise<{ values: unknown[]; done: boolean }> {
    const stream = this.#open.get(id)
    if (!stream)
      throw new UsageError('USAGE', `There is no stream ${id}: it is over, or never was.`, { data: { stream: id } })
    const values: unknown[] = []
    let cells = 0
    try {
      while (values.length < VALUES && cells < CELLS) {
        const { value, done } = await stream.values.next()
        if (done) return { values, done: this.#end(id) }
        values.push(value)
        cells += cellsOf(value)
      }
      return { values, done: false }
    } catch (error) {
      this.#end(id)
      throw error
    }
  }

  /** Ends a stream before its end; one that is over already stays so. */
  async return(id: number): Promise<void> {
    const stream = this.#open.get(id)
    this.#end(id)
    await stream?.values.return?.()
  }

  /** Ends the streams of a database. */
  async returnAll(db: number): Promise<void> {
    for (const [id, stream] of this.#open) if (stream.db === db) await this.return(id)
  }

  #end(id: number): true {
    this.#open.get(id)?.ended()
    this.#open.delete(id)
    return true
  }
}

/** A batch of rows has as many cells as it has; anything else counts as one row of twenty. */
function cellsOf(value: unknown): number {
  const { rows, columns } = Object(value) as { rows?: unknown[]; columns?: unknown[] }
  return Array.isArray(rows) && Array.isArray(columns) ? rows.length * columns.length : 20
}
