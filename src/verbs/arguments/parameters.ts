import type { TlsOptions } from '../../engines/dolt/connection/address.ts'
import type { TextWriteOptions } from '../../formats/format.ts'
import type { LogOptions } from '../../history/walk.ts'
import type { TableHandle } from '../../model/handle.ts'
import type { ConflictPolicy } from '../../types.ts'
import type { ActionFilter } from '../actions.ts'
import type { DeleteBranchOptions, RefOptions } from '../branches.ts'
import type { CopyOptions } from '../copy/copy.ts'
import type { DiffOptions } from '../diff.ts'
import type { LineageOptions } from '../lineage/lineage.ts'
import type { TraceOptions } from '../lineage/trace.ts'
import type { LoadAllOptions } from '../load-all.ts'
import type { LoadOptions } from '../load.ts'
import type { OpenOptions } from '../open-options.ts'
import type { ReadLimits } from '../read-limits.ts'
import type { RowHistoryOptions } from '../row-history.ts'
import type { RowsOptions } from '../rows.ts'
import type { SaveAllOptions, SaveOptions, TableOptions } from '../save/save-options.ts'
import type { PlanOptions } from '../steps/plan.ts'
import type { UndoOptions } from '../undo/undo.ts'
import type { CallShape } from './call-shape.ts'
import { checkFilter, checkOptions, checkRule, ownCheck } from './check-rules.ts'
import { conflictsOptions, mergeOptions } from './merge-rules.ts'
import { columnRules, policy } from './policy-rule.ts'
import {
  anything,
  be,
  by,
  callback,
  choice,
  count,
  flag,
  listOf,
  mapOf,
  name,
  object,
  oneOrMore,
  orNull,
  signal,
  sink,
  text,
  textOr,
  word,
  type Rule,
} from './rules.ts'
import { endRunOptions, publishOptions, runFilter, runOptions } from './run-rules.ts'
import { action, table, types } from './save-rules.ts'
import { changesOptions, endStepOptions, stepFilter, stepOptions } from './step-rules.ts'

const sinks = oneOrMore(sink, 'a sink, or a list of sinks')
const textWrite = object<TextWriteOptions>({ delimiter: text, quote: text, header: flag, null: text, excelSafe: flag })
const branchPlan: Rule = by((value) =>
  textOr(
    Object.hasOwn(Object(value) as object, 'new')
      ? object<{ new: string; from?: string }>({ new: word, from: word }, ['new'])
      : object<{ from?: string; mergeTo: string }>({ from: word, mergeTo: word }, ['mergeTo']),
    "a branch's name, { from, mergeTo } or { new, from }",
  ),
)
const values = be(
  'a text, number, bigint, boolean, bytes or null',
  (value) =>
    value === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof value) || value instanceof Uint8Array,
)
const keyValues = listOf(values, 'a list with a value for each column of the key')
const rowsWhere = by((value) =>
  Object.hasOwn(Object(value) as object, 'keys')
    ? object<{ keys: unknown }>({ keys: listOf(keyValues, "a list of keys, each a list of its columns' values") }, [
        'keys',
      ])
    : object<{ where: string; parameters?: unknown }>({ where: word, parameters: anything }, ['where']),
)
const target = be(
  'a path, or a writable stream of Node',
  (value) =>
    (typeof value === 'string' && !value.includes('\0')) ||
    ['write', 'once', 'on', 'off'].every(
      (method) => typeof (Object(value) as Record<string, unknown>)[method] === 'function',
    ),
)
const save: { readonly [Name in keyof Required<SaveOptions>]: Rule } = {
  ...action,
  ...table,
  branch: branchPlan,
  noMerge: flag,
  onHead: flag,
  onRepeat: choice('refuse', 'first'),
  onConflict: policy,
  message: text,
  meta: sinks,
  check: oneOrMore(ownCheck, 'a query, a function, or a list of such'),
  remote: word,
  dryRun: flag,
  signal,
  onProgress: callback,
}
const limits: { readonly [Name in keyof Required<ReadLimits>]: Rule } = {
  timeout: be(
    'a whole number of ms, from 1 to 2147483647',
    (value) => Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) < 2 ** 31,
  ),
  maxRows: count,
  maxMemory: be('a whole number of MB, from 1', (value) => Number.isSafeInteger(value) && (value as number) >= 1),
}
const load: { readonly [Name in keyof Required<LoadOptions>]: Rule } = {
  ...action,
  ...limits,
  at: word,
  branch: word,
  format: text,
  text: textWrite,
  sheet: text,
  target: text,
  inProcess: flag,
  types,
  ifChanged: flag,
  meta: sinks,
  remote: word,
  signal,
  onProgress: callback,
}
const { id: _id, target: _target, types: _types, ...loadAll } = load
const undo = object<UndoOptions>({ ...action, branch: word, message: text, onConflict: policy, dryRun: flag })
const refOptions = object<RefOptions>({ message: text })
const at = object<{ at?: string }>({ at: word })
const handle = object<TableHandle>({ db: text, table: text, commit: word, hash: word, rows: count }, [
  'db',
  'table',
  'commit',
  'hash',
  'rows',
])
const query = by((value) =>
  textOr(
    Object.hasOwn(Object(value) as object, 'commit')
      ? handle
      : object<{ sql: string; parameters?: unknown }>(
          {
            sql: text,
            // What each placeholder takes is looked at where it is bound.
            parameters: anything,
          },
          ['sql'],
        ),
    "a table's name, a handle, or { sql, parameters }",
  ),
)

function takes(rules: Record<string, Rule>, ...optional: readonly string[]): Parameters {
  return { rules, optional }
}

/** What a call is given, in order: the rule of each argument by its name, and which may be left out. */
interface Parameters {
  readonly rules: Readonly<Record<string, Rule>>
  readonly optional: readonly string[]
}

/** What each method of a database, and each function beside it, takes. */
export const PARAMETERS: Readonly<Record<CallShape, Parameters>> = {
  load: takes({ what: query, target, options: object<LoadOptions>(load) }, 'options'),
  loadAll: takes({ folder: word, options: object<LoadAllOptions>(loadAll) }, 'options'),
  save: takes({ table: anything, source: anything, options: object<SaveOptions>(save) }, 'options'),
  saveAll: takes(
    {
      sources: mapOf(anything, 'an object of sources by table'),
      options: object<SaveAllOptions>({ ...save, tables: mapOf(object<TableOptions>(table), 'options by table') }),
    },
    'options',
  ),
  rows: takes(
    {
      what: query,
      options: object<RowsOptions>({
        ...action,
        ...limits,
        at: word,
        branch: word,
        as: choice('objects', 'batches'),
        meta: sinks,
        signal,
      }),
    },
    'options',
  ),
  pin: takes({ what: textOr(handle, "a table's name, or a handle"), ref: word }, 'ref'),
  unpin: takes({ handle }),
  init: takes({}),
  resolve: takes(
    { ref: word, options: object<{ branch?: string; table?: string }>({ branch: word, table: word }) },
    'options',
  ),
  show: takes({ ref: word }),
  log: takes({ options: object<LogOptions>({ at: word, branch: word, table: word, limit: count }) }, 'options'),
  diff: takes(
    { table: word, from: word, to: word, options: object<DiffOptions>({ with: word }) },
    'from',
    'to',
    'options',
  ),
  review: takes({ into: word, to: word }, 'to'),
  diffCounts: takes({ table: word, from: word, to: word }, 'from', 'to'),
  changedTables: takes({ from: word, to: word }, 'from', 'to'),
  blame: takes(
    { table: word, options: object<{ key?: unknown; at?: string }>({ key: keyValues, at: word }) },
    'options',
  ),
  tables: takes({ options: at }, 'options'),
  schema: takes({ table: word, options: at }, 'options'),
  rowCount: takes(
    { table: word, options: object<{ at?: string; branch?: string }>({ at: word, branch: word }) },
    'options',
  ),
  actions: takes(
    { filter: object<ActionFilter>({ run: text, table: word, commit: word, from: word, to: word }) },
    'filter',
  ),
  branches: takes({ options: object<{ all?: boolean }>({ all: flag }) }, 'options'),
  createBranch: takes({ name: word, from: word, options: refOptions }, 'from', 'options'),
  deleteBranch: takes({ name: word, options: object<DeleteBranchOptions>({ remote: word }) }, 'options'),
  tags: takes({}),
  createTag: takes({ name: word, ref: word, options: refOptions }, 'ref', 'options'),
  deleteTag: takes({ name: word }),
  conflicts: takes({ branch: word, options: conflictsOptions }, 'branch', 'options'),
  setRules: takes({ table: word, rules: orNull(columnRules) }, 'rules'),
  rules: takes({}),
  merge: takes({ branch: word, options: mergeOptions }, 'options'),
  restore: takes({ table: word, at: word, options: undo }, 'options'),
  restoreAll: takes({ at: word, options: undo }, 'options'),
  revert: takes({ what: oneOrMore(word, 'a ref, or a list of refs'), options: undo }, 'options'),
  rowHistory: takes(
    { table: word, key: keyValues, options: object<RowHistoryOptions>({ at: word, limit: count }) },
    'options',
  ),
  deleteRows: takes({ table: word, which: rowsWhere, options: undo }, 'options'),
  drop: takes({ table: word, options: undo }, 'options'),
  run: takes({ options: runOptions, work: callback }),
  beginRun: takes({ options: runOptions }, 'options'),
  endRun: takes({ id: name, options: endRunOptions }, 'options'),
  runs: takes({ filter: runFilter }, 'filter'),
  showRun: takes({ id: name }),
  publishRun: takes({ id: name, options: publishOptions }, 'options'),
  dropRun: takes({ id: name }),
  step: takes({ name, options: stepOptions, work: callback }),
  beginStep: takes({ name, options: stepOptions }, 'options'),
  endStep: takes({ execution: text, options: endStepOptions }, 'options'),
  planStep: takes({ name, options: stepOptions }, 'options'),
  steps: takes({ filter: stepFilter }, 'filter'),
  trace: takes({ table: word, key: keyValues, options: object<TraceOptions>({ column: text, at: word }) }, 'options'),
  recall: takes({ what: word }),
  lineage: takes({ options: object<LineageOptions>({ table: word, run: name }) }, 'options'),
  plan: takes({ options: object<PlanOptions>({ branch: word }) }, 'options'),
  addCheck: takes({ table: word, name, rule: checkRule, options: checkOptions }, 'options'),
  removeCheck: takes({ name }),
  checks: takes({}),
  runChecks: takes({ filter: checkFilter }, 'filter'),
  changes: takes({ table: word, options: changesOptions }, 'options'),
  why: takes({ step: name, options: object<{ run?: string }>({ run: name }) }, 'options'),
  status: takes({}),
  remotes: takes({}),
  addRemote: takes({ name: word, url: word }),
  removeRemote: takes({ name: word }),
  pull: takes(
    { remote: word, options: object<{ onConflict?: ConflictPolicy }>({ onConflict: policy }) },
    'remote',
    'options',
  ),
  push: takes({ remote: word }, 'remote'),
  gc: takes({}),
  clone: takes({ remote: word, target: word }),
  copy: takes({ from: word, to: word, options: object<CopyOptions>({ signal, onProgress: callback }) }, 'options'),
  accept: takes({ url: word }),
  open: takes(
    {
      url: word,
      options: object<OpenOptions>({
        branch: word,
        author: text,
        create: flag,
        sinks,
        run: name,
        into: word,
        step: name,
        password: text,
        databases: mapOf(text, 'an object of URLs by name'),
        tls: object<TlsOptions>({ mode: text, ca: text, cert: text, key: text }),
        remote: word,
      }),
    },
    'options',
  ),
}
