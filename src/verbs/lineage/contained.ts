import type { Session } from '../../engines/engine.ts'
import type { Hash } from '../../types.ts'
import type { TableVersion } from './executions.ts'

/** Which versions of tables have one of those in their history that are looked for. Each commit is looked at once for each table. */
export class Contained {
  readonly #children: ReadonlyMap<Hash, readonly Hash[]>
  readonly #marked = new Map<string, Set<Hash>>()

  private constructor(children: ReadonlyMap<Hash, readonly Hash[]>) {
    this.#children = children
  }

  /** @param ends the commits that are asked for, the newest last: its history is most often that of all */
  static async before(session: Session, ends: readonly Hash[]): Promise<Contained> {
    const known = new Set<Hash>()
    const children = new Map<Hash, Hash[]>()
    for (const end of [...new Set(ends)].toReversed()) {
      if (known.has(end) || !(await session.commit(end))) continue
      for (const { hash, parents } of await session.log(end, -1)) {
        if (known.has(hash)) continue
        known.add(hash)
        for (const parent of parents) {
          const others = children.get(parent)
          if (others) others.push(hash)
          else children.set(parent, [hash])
        }
      }
    }
    return new Contained(children)
  }

  /** Looks for a version as well. */
  add({ table, commit }: TableVersion): void {
    const marked = this.#marked.get(table) ?? new Set()
    this.#marked.set(table, marked)
    const left = [commit]
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      if (marked.has(next)) continue
      marked.add(next)
      left.push(...(this.#children.get(next) ?? []))
    }
  }

  has({ table, commit }: TableVersion): boolean {
    return this.#marked.get(table)?.has(commit) ?? false
  }
}
