import type { Session } from '../../engines/engine.ts'
import { schemaChanges } from '../../model/schema-diff.ts'
import type { Cause, ConsumedTable, Fingerprint, StepMade } from '../../model/step.ts'
import type { StepRecord } from '../../runs/step-records.ts'
import { cellChanges } from './cell-changes.ts'

/** Why a step must run, compared with its last success: every cause, not the first alone. */
export async function causesSince(session: Session, made: StepMade, last: StepRecord | undefined): Promise<Cause[]> {
  if (!last) return [cause('never-ran', null, 'it never ran with success')]
  const before: StepMade = { ...last, outputs: last.outputs.map(({ table }) => table), outFiles: names(last.outFiles) }
  return [
    ...differing('inputs', 'input', inputsOf(before), inputsOf(made)),
    ...(await tableCauses(session, made.tables, last)),
    ...fileCauses('file', made.files, before.files),
    ...paramCauses(before.params, made.params),
    ...fileCauses('code', made.code, before.code),
    ...differing('code', 'code', names(before.code), names(made.code)),
    ...differing('outputs', 'output', before.outputs, made.outputs),
    ...differing('outputs', 'output', before.outFiles, made.outFiles),
  ]
}

export function cause(kind: Cause['kind'], name: string | null, text: string, data: Cause['data'] = {}): Cause {
  return { kind, name, text, data }
}

/** When something was, for people: the run, or else the time. */
function since({ run, at }: Pick<StepRecord, 'run' | 'at'>): string {
  return run === null ? `since ${at.slice(0, 16).replace('T', ' ')} UTC` : `since run ${run}`
}

async function tableCauses(session: Session, tables: readonly ConsumedTable[], last: StepRecord): Promise<Cause[]> {
  const causes: Cause[] = []
  for (const now of tables) {
    const before = last.tables.find(({ input }) => input === now.input)
    if (before && before.content !== now.content) causes.push(await tableCause(session, before, now, last))
  }
  return causes
}

async function tableCause(
  session: Session,
  before: ConsumedTable,
  now: ConsumedTable,
  last: StepRecord,
): Promise<Cause> {
  const { input, table, commit } = now
  const when = { run: last.run, at: last.at, commit: before.commit }
  const told = (words: string, data: Cause['data'] = {}): Cause =>
    cause('table', input, `${input}: ${words} ${since(last)}`, { table, ...data, since: when })
  if (before.table !== table) return told(`it is the table ${table}, and was ${before.table}`)
  if (JSON.stringify(before.columns) !== JSON.stringify(now.columns))
    return told(`other columns count: ${now.columns?.join(', ') ?? 'all'}`, { columns: now.columns })
  if (!(await session.commit(before.commit))) return told('it changed; the version before is gone')
  const [old, fresh] = [await session.schema(before.commit, table), await session.schema(commit, table)]
  if (!old || !fresh) return told('it was not there')
  const schema = schemaChanges(old, fresh)
  const { added, modified, removed } = await session.countDiff(before.commit, commit, table)
  const columns = modified > 0 ? await cellChanges(session, before.commit, commit, table) : []
  const counts = Object.entries({ added, modified, removed })
    .filter(([, count]) => count > 0)
    .map(
      ([kind, count]) =>
        `${count} ${kind}${kind === 'modified' && columns.length > 0 ? ` (${columns.length === 1 ? 'column' : 'columns'} ${columns.join(', ')})` : ''}`,
    )
  return told([...counts, ...schema].join(', ') || 'it changed', { added, modified, removed, columns, schema })
}

/** Files that both have, with other bytes; of inputs, which may be called otherwise, by their place. */
function fileCauses(kind: 'file' | 'code', now: readonly Fingerprint[], before: readonly Fingerprint[]): Cause[] {
  return now.flatMap(({ name, hash }, at) => {
    const old = kind === 'file' && now.length === before.length ? before[at] : before.find((one) => one.name === name)
    if (!old || old.hash === hash) return []
    return [cause(kind, name, `${kind}: ${name} changed`, { before: old.hash, after: hash })]
  })
}

function paramCauses(before: StepMade['params'], now: StepMade['params']): Cause[] {
  const all = [...new Set([...Object.keys(before), ...Object.keys(now)])].toSorted()
  return all
    .filter((name) => before[name] !== now[name])
    .map((name) => {
      const text = `param ${name}: ${shown(before[name])} → ${shown(now[name])}`
      return cause('param', name, text, { before: parsed(before[name]), after: parsed(now[name]) })
    })
}

function differing(
  kind: 'inputs' | 'outputs' | 'code',
  word: string,
  before: readonly string[],
  now: readonly string[],
): Cause[] {
  const fresh = now.filter((name) => !before.includes(name))
  const gone = before.filter((name) => !now.includes(name))
  return [
    ...fresh.map((name) => cause(kind, name, `${word} ${name} is new`)),
    ...gone.map((name) => cause(kind, name, `${word} ${name} is no longer there`)),
  ]
}

/** Files are told by how many they are: a path is no part of the key. */
function inputsOf({ tables, files }: StepMade): string[] {
  return [...tables.map(({ input }) => input), ...files.map((_file, at) => `file ${at + 1}`)]
}

function names(all: readonly { name: string }[]): string[] {
  return all.map(({ name }) => name)
}

function shown(json: string | undefined): string {
  return json === undefined ? 'not given' : json.length > 60 ? `${json.slice(0, 60)}…` : json
}

function parsed(json: string | undefined): unknown {
  return json === undefined ? null : JSON.parse(json)
}
