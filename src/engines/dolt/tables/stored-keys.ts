import type { Row } from '../../../types.ts'
import { COPY, POSITION, ROW } from '../../keyless.ts'
import type { Connection, RowStream } from '../connection/connection.ts'
import { quoted } from '../connection/sql.ts'

/** Greater than any hash. */
const END = '~'

/** The rows of a table without a key, one after the other in the order of their hashes and copies: where each stands. */
export class StoredKeys {
  /** The hash of the present row. */
  row: string = END
  copy = 0
  position = 0
  readonly #stream: RowStream | undefined
  #rows: Row[] = []
  #next = 0

  private constructor(stream: RowStream | undefined) {
    this.#stream = stream
  }

  /** At the first row. @param table undefined if it is yet to be made */
  static async open(connection: Connection, table: string | undefined): Promise<StoredKeys> {
    const sql = `SELECT ${ROW}, ${COPY}, ${POSITION} FROM ${quoted(table ?? '')} ORDER BY ${ROW}, ${COPY}`
    const keys = new StoredKeys(table === undefined ? undefined : await connection.stream(sql))
    await keys.next()
    return keys
  }

  get ended(): boolean {
    return this.row === END
  }

  /** Whether the present row comes before another; never at the end. */
  isBefore(row: string, copy: number): boolean {
    return this.row < row || (this.row === row && this.copy < copy)
  }

  is(row: string, copy: number): boolean {
    return this.row === row && this.copy === copy
  }

  async next(): Promise<void> {
    if (this.#next === this.#rows.length) {
      this.#rows = (await this.#stream?.next()) ?? []
      this.#next = 0
    }
    const row = this.#rows[this.#next++]
    if (!row) this.#next = 0
    this.row = row ? (row[0] as string) : END
    this.copy = Number(row?.[1])
    this.position = Number(row?.[2])
  }

  close(): void {
    this.#stream?.close()
  }
}
