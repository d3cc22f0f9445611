import type { Database } from '../../database.ts'
import { NotFoundError, UsageError } from '../../errors.ts'
import { refRange } from '../../model/ref-range.ts'
import { shellWord } from '../../model/shell-word.ts'
import type { ColumnType, Commit } from '../../types.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { keyRow } from '../key-row.ts'
import { moreLine, shownLimit } from '../limits.ts'
import { atOptions } from '../options.ts'
import { rowDiffLines, type SideTypes } from '../text/diff-lines.ts'
import { graphRows, simplified } from '../text/graph.ts'
import type { Output } from '../text/output.ts'
import { cut, visible, widthOf } from '../text/width.ts'
import { nameOf, short, subject, time } from '../text/words.ts'

const options = {
  graph: { type: 'boolean', about: 'Draw how commits come from one another' },
  key: { type: 'string', value: 'K', about: 'The history of one row of TABLE: each change of it' },
  ...atOptions,
  limit: { type: 'string', value: 'N', about: 'So many commits at most. Default: 50 on a terminal, else all' },
} as const

export const log: Command = command({
  positionals: [
    { name: 'TABLE', about: 'Only commits that changed this table', optional: true },
    { name: 'A..B', about: "Only commits of B that A doesn't have", optional: true },
  ],
  options,
  note: "Dates are UTC. A date is a ref, as a hash is. A merge counts as a change of a table only if it made rows out of both sides. With --graph the lines of a TABLE's commits pass over the commits that are left out.",
  example: ['doltflow init && doltflow save foo foo.csv --key a', 'doltflow log foo --graph --at HEAD'],
  run,
})

export { log as command }

async function run(call: Call<typeof options>): Promise<void> {
  const { values, out, json } = call
  const { table, at } = placesOf(call)
  const limit = shownLimit(call)
  const db = await call.open({ isShort: true })
  if (values.key !== undefined) return showRow(call, db, { table, at }, limit)
  const found = await db.log({ table, at, limit: limit === Infinity ? undefined : limit + 1 })
  const commits = found.slice(0, limit)
  if (commits.length === 0 && table !== undefined)
    throw new NotFoundError(
      'TABLE_NOT_FOUND',
      `No commit of ${at ?? db.defaultBranch} changed a table ${table}. For the log of a branch or tag: doltflow log --at ${shellWord(table)}. See: doltflow tables`,
      { data: { table } },
    )
  if (json) return call.answer({ commits }, () => {})
  if (commits.length === 0) return out.line('No commits yet.')
  const names = await refNames(db)
  const prefixes = values.graph
    ? graphRows(table === undefined ? commits : simplified(commits, await db.log({ at })))
    : commits.map(() => ({ before: [], commit: '' }))
  commits.forEach((commit, index) => {
    const { before, commit: prefix } = prefixes[index]!
    for (const line of before) out.line(line)
    out.line(commitLine(commit, prefix, names.get(commit.hash), out))
  })
  if (found.length > commits.length && values.limit === undefined) out.line(moreLine(call, 'commit'))
}

/** A word with two dots is a range, wherever it stands. */
function placesOf({ positionals, values }: Call<typeof options>): {
  table: string | undefined
  at: string | undefined
} {
  const range = positionals.find((word) => refRange(word))
  return { table: positionals.find((word) => word !== range), at: range ?? values.at }
}

/** One row's history: a line for each commit, and what it changed. */
async function showRow(
  call: Call<typeof options>,
  db: Database,
  { table, at }: { table: string | undefined; at: string | undefined },
  limit: number,
): Promise<void> {
  if (table === undefined) throw new UsageError('USAGE', '--key names a row of a table: name the TABLE, too.')
  const schema = await db.schema(table, { at })
  const names = schema?.key ?? []
  const key = schema && names.length > 0 ? keyRow(call.values.key!, schema, table) : [call.values.key!]
  const found = await db.rowHistory(table, key, { at, limit: limit === Infinity ? undefined : limit + 1 })
  const changes = found.slice(0, limit)
  const types = await Promise.all(changes.map(({ commit }) => sideTypes(db, table, commit)))
  call.answer({ table, changes }, (out) => {
    for (const [index, { commit, kind, before, after }] of changes.entries()) {
      out.line(commitLine(commit, '', undefined, out))
      const row = { kind, key: Object.fromEntries(names.map((name, place) => [name, key[place]!])), before, after }
      for (const line of rowDiffLines(row, Object.keys({ ...before, ...after }), types[index]!, out))
        out.line(`  ${line}`)
    }
    if (found.length > changes.length) out.line(moreLine(call, 'change'))
  })
}

/** The types that a table's columns had before a commit, and have since. */
async function sideTypes(db: Database, table: string, { hash, parents }: Commit): Promise<SideTypes> {
  const typesAt = async (at: string | undefined): Promise<Map<string, ColumnType>> => {
    const schema = at === undefined ? undefined : await db.schema(table, { at })
    return new Map(schema?.columns.map(({ name, type }) => [name, type]))
  }
  return { before: await typesAt(parents[0]), after: await typesAt(hash) }
}

/** Branches and tags by the commit they name. */
async function refNames(db: Database): Promise<Map<string, string[]>> {
  const names = new Map<string, string[]>()
  const add = (hash: string, name: string): void => void names.set(hash, [...(names.get(hash) ?? []), name])
  for (const { name, hash } of await db.branches()) add(hash, name)
  for (const { name, hash } of await db.tags()) add(hash, `tag ${name}`)
  return names
}

/** `4189316  2026-11-23 05:14:17  Ada  (main)  save foo  [run r1, step train]`; the message is cut first. */
function commitLine(commit: Commit, prefix: string, names: string[] | undefined, out: Output): string {
  const { trailers } = commit
  const made = [
    trailers['Doltflow-Run'] && `run ${trailers['Doltflow-Run']}`,
    trailers['Doltflow-Step'] && `step ${trailers['Doltflow-Step']}`,
  ]
    .filter(Boolean)
    .join(', ')
  const head = `${prefix === '' ? '' : `${prefix} `}${out.paint('yellow', short(commit.hash))}  ${out.paint('dim', time(commit.date))}  ${visible(nameOf(commit.author))}`
  const label = names ? `  ${out.paint('green', `(${names.map(visible).join(', ')})`)}` : ''
  const tail = made === '' ? '' : `  ${out.paint('cyan', `[${visible(made)}]`)}`
  const message = visible(subject(commit))
  if (out.columns === undefined) return `${head}${label}  ${message}${tail}`
  const room = out.columns - widthOf(bare(head + label + tail)) - 2
  return `${head}${label}  ${cut(message, Math.max(room, 12))}${tail}`
}

function bare(text: string): string {
  return text.replace(/\u001b\[\d+m/g, '')
}
