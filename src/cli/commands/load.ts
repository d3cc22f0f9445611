import { basename, join } from 'node:path'
import { Writable } from 'node:stream'
import { contextOf, type Database } from '../../database.ts'
import { UsageError } from '../../errors.ts'
import { readPin } from '../../files/pin-file.ts'
import { formatOf } from '../../formats/index.ts'
import type { Action } from '../../model/action.ts'
import { cellValue } from '../../model/cells.ts'
import type { TableHandle } from '../../model/handle.ts'
import { hasNames, type SqlParameters } from '../../model/sql-parameters.ts'
import type { Row, Value } from '../../types.ts'
import type { LoadOptions, LoadWhat } from '../../verbs/load.ts'
import { rows as rowsIn } from '../../verbs/rows.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { atOptions, branchOptions, remoteOptions, runOptions, textOptions } from '../options.ts'
import { limitOptions, limitsOf } from '../read-limits.ts'
import { writeOptions } from '../text-options.ts'
import { shownCell } from '../text/cells.ts'
import { tellNotices } from '../text/notices.ts'
import { alignedTable } from '../text/table.ts'
import { count, duration, grouped, short } from '../text/words.ts'

const options = {
  sql: { type: 'string', value: 'Q', about: 'A query instead of a table: one SELECT over the tables at the ref' },
  all: { type: 'string', value: 'DIR', about: 'Load every table into this folder, a file each (--format; csv)' },
  param: {
    type: 'string',
    value: '[name=]V',
    multiple: true,
    about:
      'A value for --sql: for each ? in order, or name=value for :name. It is a number if a cell with this text would be one, else text',
  },
  pin: { type: 'string', value: 'PIN', about: 'The version that this pin names; instead of a TABLE' },
  ...atOptions,
  ...branchOptions,
  ...textOptions,
  null: { type: 'string', value: 'S', about: 'How NULL is written. Default: nothing between the delimiters' },
  'excel-safe': {
    type: 'boolean',
    about:
      "Put ' before texts that a spreadsheet would run as a formula; such cells are others when they are saved again",
  },
  sheet: { type: 'string', value: 'NAME', about: 'What the sheet of a workbook is called. Default: Sheet1' },
  'if-changed': { type: 'boolean', about: 'Leave a file as it is, with its time, if it has these bytes already' },
  target: { type: 'string', value: 'NAME', about: 'What the record calls the file. Default: its path' },
  ...limitOptions,
  ...runOptions,
  ...remoteOptions,
} as const

export const load: Command = command({
  positionals: [
    { name: 'TABLE', about: 'The table; left out with --sql', optional: true },
    {
      name: 'FILE',
      about:
        'The file to write, its format by its extension, or - for standard output (the default; a terminal is shown 20 rows)',
      optional: true,
    },
  ],
  usage: 'TABLE | --sql Q | --pin PIN [FILE | -] | --all DIR [options]',
  options,
  note:
    'The file is replaced in one step; if the load fails, it stays as it was. A load with a run is recorded, so the run leads to ' +
    'the very commit that it read. A query only reads, at any ref. Write CAST(:v AS TEXT) if a value that looks like a number is text. ' +
    'With -, --format, --delimiter, --null or --excel-safe a terminal gets the text itself, all of it; ' +
    'a format that is no text needs a FILE or a pipe.',
  example: [
    'doltflow init && doltflow save foo foo.csv --key a',
    'doltflow load foo copy.csv --at HEAD --if-changed',
    'doltflow load foo foo.parquet',
    "doltflow load --sql 'SELECT * FROM foo WHERE a >= :least' --param least=2 - --format jsonl",
  ],
  run,
})

export { load as command }

const SHOWN = 20

async function run(call: Call<typeof options>): Promise<void> {
  const { values, out, json } = call
  if (values.all !== undefined) return loadAll(call, values.all)
  const pinned = values.pin === undefined ? undefined : await readPin(call.path(values.pin))
  const { what, label, file } = pinned ? pinnedTarget(call, pinned) : target(call)
  if (file === undefined && values['if-changed']) throw new UsageError('USAGE', '--if-changed needs the FILE to write.')
  const shaping = [values.format, values.delimiter, values.null, values['excel-safe'], values.sheet]
  const shaped = json || shaping.some((value) => value !== undefined)
  const streams = file === '-' || (file === undefined && (shaped || !out.isTTY))
  if (streams && out.isTTY) requireText(values.format)
  const db = await call.open({ writes: true, isShort: [], ...(pinned && call.pinned(pinned.db)) })
  if (streams) {
    const action = await loadInto(call, db, what, label, call.effects.stdout)
    call.answer(action, () => tellNotices([action], call.errors), call.errors)
    return
  }
  if (file === undefined) return view(call, db, what, label)
  const action = await loadInto(call, db, what, label, call.path(file))
  call.answer(action, () => out.line(fileLine(action, file, label)))
  if (!json) tellNotices([action], call.errors)
}

/** A terminal would be garbled by anything else. */
function requireText(format: string | undefined): void {
  if (formatOf(format, undefined).isBinary)
    throw new UsageError(
      'USAGE',
      `A terminal can't show ${format}, which is no text: name a FILE to write, or send it through a pipe (doltflow load … - | …).`,
    )
}

async function loadAll(call: Call<typeof options>, folder: string): Promise<void> {
  const { values, positionals, out } = call
  if (values.sql !== undefined || values.param !== undefined || positionals.length > 0)
    throw new UsageError('USAGE', `--all ${folder} loads every table: leave ${positionals[0] ?? '--sql'} out.`)
  const db = await call.open({ writes: true })
  const actions = await db.loadAll(call.path(folder), {
    ...settingsOf(call),
    onProgress: call.progress('loading all tables', 'written'),
  })
  call.answer({ actions }, () => {
    for (const action of actions) out.line(fileLine(action, join(folder, basename(action.file!)), action.table!))
    if (actions.length === 0) out.line('no tables')
  })
  if (!call.json) tellNotices(actions, call.errors)
}

function target({ values: { sql, param }, positionals }: Call<typeof options>): {
  what: LoadWhat
  label: string
  file: string | undefined
} {
  const [first, second] = positionals
  if (sql !== undefined) {
    if (second !== undefined)
      throw new UsageError('USAGE', `--sql says what to load: leave the table ${first} out, and give only the FILE.`)
    return { what: { sql, parameters: param && parametersOf(sql, param) }, label: 'query', file: first }
  }
  if (param !== undefined)
    throw new UsageError('USAGE', '--param gives a value to a placeholder of --sql: give that, too.')
  if (first === undefined)
    throw new UsageError(
      'USAGE',
      "What do you want to load? Give a TABLE, or --sql 'SELECT …'. The tables: doltflow tables",
    )
  return { what: first, label: first, file: second }
}

/** The version that a pin names. @throws {UsageError} USAGE if something else is named, too */
function pinnedTarget({ values, positionals }: Call<typeof options>, pinned: TableHandle): ReturnType<typeof target> {
  const [file, more] = positionals
  if (more !== undefined || values.sql !== undefined || values.at !== undefined)
    throw new UsageError('USAGE', `The pin ${values.pin} says what to load: give only the FILE to write.`)
  return { what: pinned, label: pinned.table, file }
}

/** Values by place or by name, as the query asks for them. @throws {UsageError} OPTION_INVALID */
function parametersOf(sql: string, given: readonly string[]): SqlParameters {
  if (!hasNames(sql)) return given.map((text) => cellValue(text))
  const named = given.map((text): [string, Value] => {
    const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? []
    if (name !== undefined) return [name, cellValue(value!)]
    throw new UsageError(
      'OPTION_INVALID',
      `--param ${JSON.stringify(text)} is not name=value, as a query with named placeholders needs it, such as: --param id=7`,
      { data: { option: 'param', value: text } },
    )
  })
  return Object.fromEntries(named)
}

function loadInto(
  call: Call<typeof options>,
  db: Database,
  what: LoadWhat,
  label: string,
  to: string | Writable,
): Promise<Action> {
  return db.load(what, to, {
    ...settingsOf(call),
    target: call.values.target,
    onProgress: typeof to === 'string' || !call.out.isTTY ? call.progress(`loading ${label}`, 'written') : undefined,
  })
}

function settingsOf(call: Call<typeof options>): LoadOptions {
  const { values } = call
  return {
    at: values.at,
    branch: values.branch,
    format: values.format,
    text: writeOptions(values),
    sheet: values.sheet,
    ifChanged: values['if-changed'],
    ...limitsOf(values),
    signal: call.effects.interrupt(),
  }
}

function fileLine({ rows, fromCommit, branch, changed, durationMs }: Action, file: string, label: string): string {
  const at = `${branch === null ? '' : `${branch} `}${short(fromCommit)}`
  return changed
    ? `${file}: ${count(rows ?? 0, 'row')} of ${label}, ${at}, ${duration(durationMs)}`
    : `${file}: left alone, it has ${label} of ${at} already`
}

/** The first rows, for a person. If there is a run or a remote, it is a real load, and recorded. */
async function view(call: Call<typeof options>, db: Database, what: LoadWhat, label: string): Promise<void> {
  const { values, out } = call
  let at = values.at
  if (
    (values.run ?? call.variable('DOLTFLOW_RUN') ?? values.remote ?? call.variable('DOLTFLOW_REMOTE')) !== undefined
  ) {
    const action = await loadInto(call, db, what, label, nowhere())
    tellNotices([action], call.errors)
    at = action.fromCommit!
  }
  const place = { at, branch: values.branch }
  const schema =
    typeof what === 'string'
      ? await db.schema(what, { at: await db.resolve(at ?? 'HEAD', { branch: values.branch, table: what }) })
      : undefined
  const types = new Map(schema?.columns.map(({ name, type }) => [name, type]))
  const rows: Row[] = []
  let columns: string[] = []
  let total = 0
  const reading = { ...place, ...limitsOf(values), signal: call.effects.interrupt() }
  // What is recorded is the load above.
  const quiet = { ...contextOf(db), run: null, sinks: [] }
  for await (const batch of rowsIn<'batches'>(quiet, what, { ...reading, as: 'batches' })) {
    columns = batch.columns
    rows.push(...batch.rows.slice(0, SHOWN - rows.length))
    total += batch.rows.length
    if (typeof what === 'string' && rows.length === SHOWN) {
      total = await db.rowCount(what, place)
      break
    }
  }
  const cells = rows.map((row) => row.map((value, index) => shownCell(value, types.get(columns[index]!))))
  if (columns.length > 0 || schema)
    for (const line of alignedTable(columns.length > 0 ? columns : schema!.columns.map(({ name }) => name), cells, {
      columns: out.columns,
      paint: out.paint,
    }))
      out.line(line)
  const more = total - rows.length
  out.line(
    out.paint(
      'dim',
      more > 0
        ? `… ${grouped(more)} more of ${count(total, 'row')}; all of them: ${call.typed} -`
        : `(${count(total, 'row')})`,
    ),
  )
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() })
}
