import { randomBytes } from 'node:crypto'
import type { Change, Session, Signature, Squashed } from '../../engines/engine.ts'
import { DoltflowError } from '../../errors.ts'
import { rowPages } from '../../history/row-pages.ts'
import { bytesText, cellText, cellValue } from '../../model/cells.ts'
import { COPY_PREFIX } from '../../model/names.ts'
import { fullMessage, TRAILERS } from '../../model/trailers.ts'
import { failpoint } from '../../system/failpoint.ts'
import type { ColumnType, Commit, Hash, Row, Schema, TableDiff } from '../../types.ts'

/** More removed rows than these, and the table is copied whole. */
const MOST_REMOVED = 100_000

/** What a copy has done so far. */
export interface Copies {
  /** The copy of each commit. */
  of: Map<Hash, Hash>
  /** The empty commit that the target began with: it stands for those that the source began with. */
  root: Hash
  /** The merges that the target can't put together: their copies have the first parent alone. */
  cut: Set<Hash>
}

/** Copies commits, each after its parents, on branches that keep them until all are there. */
export class CommitCopier {
  readonly #source: Session
  readonly #target: Session
  readonly #copies: Copies
  #branch: { name: string; head: Hash } | undefined

  constructor(source: Session, target: Session, copies: Copies) {
    this.#source = source
    this.#target = target
    this.#copies = copies
  }

  async copy(commit: Commit): Promise<void> {
    const { of, root } = this.#copies
    if (of.has(commit.hash)) return
    const [first, second] = commit.parents.map((parent) => of.get(parent)!)
    if (await this.#isBeginning(commit)) {
      of.set(commit.hash, root)
      return
    }
    const parent = first ?? root
    await this.#standAt(parent)
    const signature = signatureOf(commit)
    const diffs = await this.#changes(commit)
    // What is not the commit itself yet has no trailer: it is no copy that could be gone on from.
    const isPart = second !== undefined || diffs.length > 1
    for (const diff of diffs)
      await this.#apply(commit, diff, isPart ? { ...signature, message: commit.message } : signature)
    failpoint('tables-copied')
    if (second !== undefined) await this.#merge(commit, parent, second, signature)
    else if (isPart || this.#branch!.head === parent) await this.#squash(parent, { ...signature, always: true })
    of.set(commit.hash, this.#branch!.head)
  }

  /** Whether a commit is one that a database begins with, as its engine or doltflow made it. */
  async #isBeginning({ hash, parents, trailers }: Commit): Promise<boolean> {
    const [parent, ...others] = parents
    const isFirst = parent === undefined || (trailers[TRAILERS.database] !== undefined && this.#standsAtRoot(parent))
    return isFirst && others.length === 0 && (await this.#source.tables(hash)).length === 0
  }

  #standsAtRoot(original: Hash): boolean {
    return this.#copies.of.get(original) === this.#copies.root
  }

  async #merge(commit: Commit, parent: Hash, merging: Hash, signature: Signature): Promise<void> {
    try {
      await this.#squash(parent, { ...signature, merging })
    } catch (error) {
      if (!(error instanceof DoltflowError) || error.code !== 'SCHEMA_CONFLICT') throw error
      this.#copies.cut.add(commit.hash)
      await this.#squash(parent, { ...signature, always: true })
    }
  }

  async #squash(since: Hash, signature: Squashed): Promise<void> {
    const branch = this.#branch!
    branch.head = (await this.#target.squash(branch.name, since, signature)).commit!
  }

  /** Goes on with the branch that has the parent as its head; else begins another there. */
  async #standAt(parent: Hash): Promise<void> {
    if (this.#branch?.head !== parent) await this.#begin(parent)
  }

  async #begin(parent: Hash): Promise<void> {
    const name = `${COPY_PREFIX}${randomBytes(6).toString('hex')}`
    await this.#target.createBranch(name, parent)
    this.#branch = { name, head: parent }
  }

  async #changes({ hash, parents }: Commit): Promise<TableDiff[]> {
    if (parents[0] !== undefined) return this.#source.changedTables(parents[0], hash)
    const tables = await this.#source.tables(hash)
    return tables.map((table) => ({ table, change: 'added', schemaChanged: true, added: 0, modified: 0, removed: 0 }))
  }

  async #apply(commit: Commit, diff: TableDiff, signature: Signature): Promise<void> {
    const branch = this.#branch!
    if (diff.change === 'removed') {
      if ((await this.#target.tables(branch.head)).includes(diff.table))
        await this.#build({ kind: 'drop', table: diff.table }, signature)
      return
    }
    const schema = (await this.#source.schema(commit.hash, diff.table))!
    const keyless = schema.key.length === 0
    const stage = await this.#target.openStage({ text: {}, schema, types: {}, stored: true, keyless })
    try {
      const { table } = diff
      const isWhole = keyless || diff.change === 'added' || diff.schemaChanged || diff.removed > MOST_REMOVED
      const removed = isWhole
        ? await this.#stageTable(stage, commit.hash, table, schema)
        : await this.#stageDiff(stage, commit, table, schema)
      await this.#target.finishStage(stage)
      const mode = isWhole ? 'replace' : 'upsert'
      await this.#build({ kind: 'stage', table, stage, mode, schema, removed, inOrder: keyless }, signature)
    } finally {
      await this.#target.close(stage)
    }
  }

  async #build(change: Change, signature: Signature): Promise<void> {
    const { commit } = await this.#target.build(this.#branch!.name, change, signature)
    if (commit !== undefined) this.#branch!.head = commit
  }

  async #stageTable(stage: number, commit: Hash, table: string, schema: Schema): Promise<Row[]> {
    const names = schema.columns.map(({ name }) => name)
    await this.#target.stageRows(stage, names, [])
    for await (const { rows } of rowPages(this.#source, commit, { table }))
      await this.#target.stageRows(
        stage,
        names,
        rows.map((row) => texts(schema, row)),
      )
    return []
  }

  /** Stages the rows that a commit added or changed. @returns the keys of those that it removed */
  async #stageDiff(stage: number, { hash, parents }: Commit, table: string, schema: Schema): Promise<Row[]> {
    const names = schema.columns.map(({ name }) => name)
    const removed: Row[] = []
    const { id } = await this.#source.openDiff(parents[0]!, hash, table)
    await this.#target.stageRows(stage, names, [])
    for (let page = await this.#source.nextDiff(id); page; page = await this.#source.nextDiff(id)) {
      const rows: Row[] = []
      for (const { kind, key, after } of page)
        if (kind === 'removed')
          removed.push(
            copiedKey(
              schema,
              schema.key.map((name) => key[name]!),
            ),
          )
        else
          rows.push(
            texts(
              schema,
              names.map((name) => after![name]!),
            ),
          )
      await this.#target.stageRows(stage, names, rows)
    }
    await this.#source.close(id)
    return removed
  }
}

function texts({ columns }: Schema, row: Row): Row {
  return row.map((value, index) => cellText(value, columns[index]!.type))
}

/** A row's key as the copy has it: bytes, which another program left, are Base64 there. */
export function copiedKey({ columns, key }: Schema, values: Row): Row {
  const typeOf = (name: string): ColumnType => columns.find((column) => column.name === name)!.type
  return values.map((value, index) =>
    value instanceof Uint8Array ? cellValue(bytesText(value), typeOf(key[index]!)) : value,
  )
}

/** How a copy is signed. */
export function signatureOf({ hash, message, trailers, author, date }: Commit): Signature {
  return {
    message: fullMessage(message, { ...trailers, [TRAILERS.copy]: hash }),
    author: author.includes('<') ? author : `${author} <doltflow@localhost>`,
    date,
  }
}
