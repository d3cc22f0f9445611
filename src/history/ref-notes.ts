import type { Session } from '../engines/engine.ts'
import { REFS_TABLE } from '../model/names.ts'
import type { Branch, Hash, NotedBranch, NotedTag, RefNote, Tag } from '../types.ts'
import { appendOwn, readOwn, type OwnTable } from './own-records.ts'

/*
 * Who made a branch or a tag, when and what for: kept as notes, which are only ever added, so that they travel with push, pull and
 * clone, and two clones' notes never conflict. The last one of a name counts; of a tag the last one of its commit.
 */

const COLUMNS = ['id', 'kind', 'name', 'hash', 'at', 'author', 'message'] as const
const NOTES: OwnTable = { table: REFS_TABLE, columns: COLUMNS }

/** A note as it is kept. */
export interface StoredNote {
  /** Unique; later ones are greater. */
  id: string
  kind: 'branch' | 'tag'
  name: string
  /** The commit that it was made at. */
  hash: Hash
  /** ISO 8601, UTC. */
  at: string
  author: string
  message: string | null
}

export function writeRefNote(session: Session, note: StoredNote): Promise<void> {
  const { kind, name, author } = note
  const row = COLUMNS.map((column) => note[column])
  return appendOwn(session, NOTES, row, { message: `${kind} ${name}`, author })
}

/** All notes, oldest first. */
export async function readRefNotes(session: Session): Promise<StoredNote[]> {
  return (await readOwn(session, NOTES)) as unknown as StoredNote[]
}

export async function notedBranches(session: Session, branches: readonly Branch[]): Promise<NotedBranch[]> {
  const notes = await readRefNotes(session)
  return branches.map(({ name, hash }) => ({
    name,
    hash,
    ...shownNote(notes.findLast((note) => note.kind === 'branch' && note.name === name)),
  }))
}

export async function notedTags(session: Session, tags: readonly Tag[]): Promise<NotedTag[]> {
  const notes = await readRefNotes(session)
  return tags.map(({ name, hash }) => ({
    name,
    hash,
    ...shownNote(notes.findLast((note) => note.kind === 'tag' && note.name === name && note.hash === hash)),
  }))
}

/** What is shown of a note; nothing is known without one. */
export function shownNote(note: StoredNote | undefined): RefNote {
  return { createdAt: note?.at ?? null, author: note?.author ?? null, message: note?.message ?? null }
}
