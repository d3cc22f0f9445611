import type { ReadTarget, Session } from '../engines/engine.ts'
import type { Hash, Row } from '../types.ts'

/** The rows of a table at a commit, or those of a query, page by page. */
export async function* rowPages(session: Session, commit: Hash, what: ReadTarget): AsyncGenerator<Row[], void> {
  const { id } = await session.openRows(commit, what)
  try {
    for (let page = await session.nextRows(id); page; page = await session.nextRows(id)) yield page
  } finally {
    await session.close(id)
  }
}
