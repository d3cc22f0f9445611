import { afterAll } from 'vitest'
import type { Session } from '../dist/engines/engine.js'
import { forgetMemory, openMemory } from '../dist/engines/memory/index.js'
import type { Hash, Schema } from '../dist/index.js'

let count = 0
const AUTHOR = 'A <a@b>'

/** How a commit is signed in these tests. */
export function signed(message: string): { message: string; author: string } {
  return { message, author: AUTHOR }
}

/** A new database in memory, and short ways to fill it. */
export class InMemory {
  readonly session: Session
  #parts = 0

  private constructor(session: Session) {
    this.session = session
  }

  static async open(): Promise<InMemory> {
    const url = `memory:unit${++count}`
    const engine = openMemory(url, { create: true })
    afterAll(() => forgetMemory(url))
    return new InMemory(await engine.session({ write: true }))
  }

  /** Commits a table's rows on a branch, or on a new one at `from`: `replace`s it. @param text with a header, as CSV */
  async save(
    branch: string,
    table: string,
    text: string,
    options: { from?: Hash; key?: string[] } = {},
  ): Promise<Hash> {
    const { session } = this
    const { from, key = ['id'] } = options
    if (from !== undefined) await session.createBranch(branch, from)
    const head = (await session.head(branch))!
    const before = await session.schema(head, table)
    const stage = await session.openStage({ text: {}, schema: before, types: {}, keyless: key.length === 0 })
    await session.stageBytes(stage, Buffer.from(text))
    await session.stageEnd(stage)
    const { columns } = await session.finishStage(stage)
    const schema: Schema = { columns, key }
    const change = { kind: 'stage', table, stage, mode: 'replace', schema } as const
    const { commit } = await session.build(branch, change, signed(`part ${++this.#parts}`))
    await session.close(stage)
    return commit ?? head
  }

  async drop(branch: string, table: string): Promise<Hash> {
    const { commit } = await this.session.build(branch, { kind: 'drop', table }, signed(`drop ${table}`))
    return commit!
  }

  /** A table's rows as CSV, without a header; undefined if there is no such table. */
  async text(commit: Hash, table: string): Promise<string | undefined> {
    if (!(await this.session.schema(commit, table))) return undefined
    const { id } = await this.session.openText(commit, { table }, {})
    let text = ''
    for (let page = await this.session.nextText(id); page; page = await this.session.nextText(id))
      text += Buffer.from(page.bytes).toString()
    return text
  }

  async branches(): Promise<string[]> {
    return (await this.session.branches()).map(({ name }) => name)
  }
}

/** What a call was refused with. */
export async function refused(
  work: Promise<unknown>,
): Promise<{ code: string; data: Record<string, unknown>; message: string; retryable: boolean }> {
  return work.then(
    () => Promise.reject(new Error('it was not refused')),
    (error) => error,
  )
}
