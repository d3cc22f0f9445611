import type { Session } from '../../engines/engine.ts'
import type { TextReadOptions } from '../../formats/format.ts'
import { readRecords } from '../../history/records.ts'
import { nullsOf } from '../../model/action.ts'
import { nullsOfSave } from '../../model/trailers.ts'
import type { Hash } from '../../types.ts'

/** How many commits are looked through before the records are asked, which takes time for each save of the table. */
const NEAR = 50

/**
 * How a source is read, with the texts that are NULL: those that are given, else those of the table's last save before
 * it. Otherwise the next save would turn each NULL into the text that had meant it.
 * @param base the commit that the save builds on; undefined if it makes the table
 */
export async function textWithNulls(
  session: Session,
  table: string,
  text: TextReadOptions | undefined,
  base: Hash | undefined,
): Promise<TextReadOptions | undefined> {
  const nulls = text?.nulls ?? (base === undefined ? [] : await nullsBefore(session, table, base))
  return nulls.length === 0 ? text : { ...text, nulls }
}

async function nullsBefore(session: Session, table: string, base: Hash): Promise<readonly string[]> {
  for (const { trailers } of await session.nearCommits(base, NEAR)) {
    const nulls = nullsOfSave(trailers, table)
    if (nulls) return nulls
  }
  const [last] = await readRecords(session, { table, kind: 'save' }, { newestFirst: true, limit: 1 })
  return last ? nullsOf(last) : []
}
