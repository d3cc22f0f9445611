import type { ReadTarget, Session } from '../engines/engine.ts'
import type { Hash, Row } from '../types.ts'

/** Rows that were read together, and the columns of their cells. */
export interface RowPage {
  columns: string[]
  rows: Row[]
}

/** The rows of a table at a commit, or those of a query, page by page; what is opened is closed, also if nobody reads to the end. */
export async function* rowPages(session: Session, commit: Hash, what: ReadTarget): AsyncGenerator<RowPage, void> {
  const { id, columns } = await session.openRows(commit, what)
  try {
    for (let rows = await session.nextRows(id); rows; rows = await session.nextRows(id)) yield { columns, rows }
  } finally {
    await session.close(id)
  }
}
