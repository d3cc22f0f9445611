import type { Commit, Hash } from '../../types.ts'

type Node = Pick<Commit, 'hash' | 'parents'>

/** What stands before a commit's line, and the lines that lead to it. */
export interface GraphRow {
  before: string[]
  commit: string
}

/**
 * Draws a history, newest first, each commit after all its children, as `git log --graph` does: a lane for each
 * line of descent, `|\` where a merge opens one and `|/` where two come from one commit.
 */
export function graphRows(commits: readonly Node[]): GraphRow[] {
  const lanes: Hash[] = []
  let pending: string[] = []
  return commits.map(({ hash, parents }) => {
    let own = lanes.indexOf(hash)
    if (own === -1) own = lanes.push(hash) - 1
    const before = pending
    for (let other = lanes.lastIndexOf(hash); other > own; other = lanes.lastIndexOf(hash)) {
      before.push(...closed(lanes.length, lanes.lastIndexOf(hash, other - 1), other))
      lanes.splice(other, 1)
    }
    const commit = lanes.map((_, index) => (index === own ? '*' : '|')).join(' ')
    pending = descend(lanes, own, parents)
    return { before, commit }
  })
}

/** Puts a commit's parents in its lane's place; the lines that this draws. */
function descend(lanes: Hash[], own: number, parents: readonly Hash[]): string[] {
  const [first, ...others] = parents
  if (first === undefined) {
    lanes.splice(own, 1)
    // Lanes at the right of one that ends move to the left.
    return lanes.length > own ? [drawn([...straight(0, own), ...slanting('/', own + 1, lanes.length + 1)])] : []
  }
  lanes[own] = first
  return others.map((parent) => {
    const line = drawn([...straight(0, own + 1), [2 * own + 1, '\\'], ...slanting('\\', own + 1, lanes.length, 1)])
    lanes.splice(own + 1, 0, parent)
    return line
  })
}

/** The lines in which one lane runs into another at its left; those at its right close up. */
function closed(count: number, into: number, from: number): string[] {
  const lines = [drawn([...straight(0, from), ...slanting('/', from, count)])]
  for (let lane = from - 1; lane > into; lane--) lines.push(drawn([...straight(0, count - 1), [2 * lane - 1, '/']]))
  return lines
}

type Mark = [column: number, mark: string]

function straight(from: number, to: number): Mark[] {
  return Array.from({ length: to - from }, (_, index): Mark => [2 * (from + index), '|'])
}

function slanting(mark: '/' | '\\', from: number, to: number, offset = -1): Mark[] {
  return Array.from({ length: to - from }, (_, index): Mark => [2 * (from + index) + offset, mark])
}

function drawn(marks: readonly Mark[]): string {
  const line: string[] = []
  for (const [column, mark] of marks) line[column] = mark
  return Array.from(line, (mark) => mark ?? ' ').join('')
}

/** Some commits of a history, each with its nearest ancestors among them as parents. */
export function simplified(chosen: readonly Commit[], history: readonly Node[]): Node[] {
  const wanted = new Set(chosen.map(({ hash }) => hash))
  const nearest = new Map<Hash, Hash[]>()
  // Oldest first, so that each commit's parents are known before it.
  for (const { hash, parents } of history.toReversed())
    nearest.set(hash, [
      ...new Set(parents.flatMap((parent) => (wanted.has(parent) ? [parent] : (nearest.get(parent) ?? [])))),
    ])
  return chosen.map(({ hash }) => ({ hash, parents: nearest.get(hash) ?? [] }))
}
