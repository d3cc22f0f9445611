import type { Commit } from '../src/types.ts'

/** What is drawn beside one commit: its own lane, and lines from lanes above it to lanes below. */
export interface LaneRow {
  lane: number
  /** Lines through the upper half, to the commit or past it. */
  above: { from: number; to: number }[]
  /** Lines through the lower half. */
  below: { from: number; to: number }[]
  width: number
}

/** A lane for each line of descent, as `doltflow log --graph` has them. Commits are newest first, each after all its children. */
export function laneRows(commits: readonly Pick<Commit, 'hash' | 'parents'>[]): LaneRow[] {
  let lanes: string[] = []
  return commits.map(({ hash, parents }) => {
    const before = lanes
    const own = before.includes(hash) ? before.indexOf(hash) : before.length
    // What waited for this commit in other lanes ends in its own.
    const here = before.includes(hash) ? before.filter((waits, at) => waits !== hash || at === own) : [...before, hash]
    const lane = here.indexOf(hash)
    const above = before.map((waits, from) => ({ from, to: here.indexOf(waits) }))
    const others = parents.slice(1).filter((parent) => !here.includes(parent))
    const after = here.flatMap((waits) => (waits === hash ? [...parents.slice(0, 1), ...others] : [waits]))
    lanes = [...new Set(after)]
    const below = [
      ...here.flatMap((waits, from) => (waits === hash ? [] : [{ from, to: lanes.indexOf(waits) }])),
      ...parents.map((parent) => ({ from: lane, to: lanes.indexOf(parent) })),
    ]
    return { lane, above, below, width: Math.max(before.length, here.length, lanes.length) }
  })
}
