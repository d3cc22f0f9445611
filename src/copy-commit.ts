import { randomBytes } from 'node:crypto'
import { cellText } from './cell-text.ts'
import type { Change, Session, Signature } from './engines/engine.ts'
import { DoltflowError } from './errors.ts'
import { failpoint } from './failpoint.ts'
import { fullMessage, TRAILERS } from './message.ts'
import { COPY_PREFIX } from './names.ts'
import type { Commit, ConflictPolicy, Hash, Row, Schema, TableDiff } from './types.ts'

/** More removed rows than these, and the table is copied whole. */
const MOST_REMOVED = 100_000

/** What a copy has done so far. */
export interface Copies {
  /** The copy of each commit. */
  of: Map<Hash, Hash>
  /** The empty commit that stands for those without a table. */
  root: Hash
  /** The last commits of a copy that was stopped: one that merges is made again, since it may not be whole. */
  started: Set<Hash>
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
    const { of, root, started } = this.#copies
    const known = of.get(commit.hash)
    const [first, second] = commit.parents
    if (known !== undefined && (second === undefined || !started.has(known))) return
    const parent = first === undefined ? root : of.get(first)!
    await this.#standAt(parent)
    if (second === undefined) await this.#applyAll(commit)
    else await this.#copyMerge(commit, parent, of.get(second)!)
    of.set(commit.hash, this.#branch!.head)
  }

  /**
   * A merge is made again, by the policy that comes to what the original has. Where none does, or the two can't be
   * merged there, a commit behind puts it right.
   */
  async #copyMerge(commit: Commit, parent: Hash, theirs: Hash): Promise<void> {
    for (const policy of ['theirs', 'ours'] as const) {
      if (policy === 'ours') await this.#begin(parent)
      const merged = await this.#merge(theirs, policy, signatureOf(commit))
      failpoint('merge-copied')
      await this.#applyAll(commit)
      if (this.#branch!.head === merged) return
    }
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

  /** @returns the merge; undefined where the two can't be merged there */
  async #merge(theirs: Hash, policy: ConflictPolicy, signature: Signature): Promise<Hash | undefined> {
    const branch = this.#branch!
    try {
      const merged = await this.#target.merge(branch.name, theirs, policy, { ...signature, always: true })
      if (!('commit' in merged)) return undefined
      branch.head = merged.commit
      return merged.commit
    } catch (error) {
      if (!(error instanceof DoltflowError) || error.code !== 'SCHEMA_CONFLICT') throw error
      return undefined
    }
  }

  /** Brings the branch to what a commit has, by what that changed of its first parent: as one commit. */
  async #applyAll(commit: Commit): Promise<void> {
    const signature = signatureOf(commit)
    const branch = this.#branch!
    const since = branch.head
    const diffs = await this.#changes(commit)
    // One of several has no trailer yet: it is no copy that could be gone on from.
    for (const diff of diffs)
      await this.#apply(commit, diff, diffs.length === 1 ? signature : { ...signature, message: commit.message })
    if (diffs.length < 2 || branch.head === since) return
    branch.head = (await this.#target.squash(branch.name, since, signature)).commit ?? since
  }

  async #changes({ hash, parents }: Commit): Promise<TableDiff[]> {
    if (parents[0] !== undefined) return this.#source.changedTables(parents[0], hash)
    const tables = await this.#source.tables(hash)
    return tables.map((table) => ({
      table,
      change: 'added',
      schemaChanged: true,
      added: 0,
      modified: 0,
      removed: 0,
    }))
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
    const stage = await this.#target.openStage({ text: {}, schema, types: {}, keyless })
    try {
      const { table } = diff
      const isWhole = keyless || diff.change === 'added' || diff.schemaChanged || diff.removed > MOST_REMOVED
      const removed = isWhole
        ? await this.#stageTable(stage, commit.hash, table, schema)
        : await this.#stageDiff(stage, commit, table, schema)
      await this.#target.finishStage(stage)
      const mode = isWhole ? 'replace' : 'upsert'
      await this.#build({ kind: 'stage', table, stage, mode, schema, removed }, signature)
    } finally {
      await this.#target.drop(stage)
    }
  }

  async #build(change: Change, signature: Signature): Promise<void> {
    const { commit } = await this.#target.build(this.#branch!.name, change, signature)
    if (commit !== undefined) this.#branch!.head = commit
  }

  async #stageTable(stage: number, commit: Hash, table: string, schema: Schema): Promise<Row[]> {
    const names = schema.columns.map(({ name }) => name)
    const { id } = await this.#source.openRows(commit, { table })
    await this.#target.stageRows(stage, names, [])
    for (let rows = await this.#source.nextRows(id); rows; rows = await this.#source.nextRows(id))
      await this.#target.stageRows(
        stage,
        names,
        rows.map((row) => texts(schema, row)),
      )
    await this.#source.drop(id)
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
        if (kind === 'removed') removed.push(schema.key.map((name) => key[name]!))
        else
          rows.push(
            texts(
              schema,
              names.map((name) => after![name]!),
            ),
          )
      await this.#target.stageRows(stage, names, rows)
    }
    await this.#source.drop(id)
    return removed
  }
}

function texts({ columns }: Schema, row: Row): Row {
  return row.map((value, index) => cellText(value, columns[index]!.type))
}

function signatureOf({ hash, message, trailers, author, date }: Commit): Signature {
  return {
    message: fullMessage(message, { ...trailers, [TRAILERS.copy]: hash }),
    author: author.includes('<') ? author : `${author} <doltflow@localhost>`,
    date,
  }
}
