import { createHash } from 'node:crypto'
import { isAbsolute, resolve } from 'node:path'
import type { Action } from '../../model/action.ts'
import type { RunNews } from '../../model/run-news.ts'
import { uuidText } from '../../system/id.ts'
import type { Hash, Schema } from '../../types.ts'
import type { SinkAbout } from '../sink.ts'

/* OpenLineage's words for actions and runs (its specification 2-0-2, and the facets named below). */

const PRODUCER = 'https://github.com/doltflow/doltflow'
const SPEC = 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent'
const FACETS = 'https://openlineage.io/spec/facets'

type EventType = 'START' | 'RUNNING' | 'COMPLETE' | 'FAIL' | 'ABORT'

/** A run event of OpenLineage. */
export interface LineageEvent {
  eventType: EventType
  eventTime: string
  producer: string
  schemaURL: string
  run: { runId: string; facets: Record<string, object> }
  job: { namespace: string; name: string; facets: Record<string, object> }
  inputs: LineageDataset[]
  outputs: LineageDataset[]
}

interface LineageDataset {
  namespace: string
  name: string
  facets: Record<string, object>
  inputFacets?: Record<string, object>
  outputFacets?: Record<string, object>
}

/**
 * The beginning and the end of what an action did. Actions of one step of a run are one run of the job that the step is; each other
 * action is a run of its own, of the job that its verb and its table are.
 */
export function eventsOfAction(
  namespace: string,
  action: Action,
  about: SinkAbout,
  schema: Schema | undefined,
): LineageEvent[] {
  const { run, step } = action
  const inStep = run !== null && step !== null
  const what = action.table ?? action.sql ?? action.branch ?? ''
  const name = step ?? `${action.kind} ${what}`.trim().slice(0, 200)
  const facets: Record<string, object> = { ...parentOf(namespace, about, run), ...versionFacet() }
  const jobFacets = {
    jobType: facet('2-0-4/JobTypeJobFacet', 'JobTypeJobFacet', {
      processingType: 'BATCH',
      integration: 'DOLTFLOW',
      jobType: 'STEP',
    }),
    ...(action.sql === null
      ? {}
      : { sql: facet('1-1-0/SQLJobFacet', 'SQLJobFacet', { query: action.sql, dialect: dialectOf(about) }) }),
  }
  const { inputs, outputs } = datasets(action, about, schema)
  const base = {
    producer: PRODUCER,
    schemaURL: SPEC,
    run: { runId: inStep ? runIdOf(about, run, step) : uuidOf(action.id), facets },
    job: { namespace, name, facets: jobFacets },
  }
  const end = new Date(Date.parse(action.startedAt) + action.durationMs).toISOString()
  return [
    { eventType: 'START', eventTime: action.startedAt, ...base, inputs, outputs: [] },
    { eventType: inStep && action.kind === 'load' ? 'RUNNING' : 'COMPLETE', eventTime: end, ...base, inputs, outputs },
  ]
}

const OF_NEWS: Record<RunNews['event'], EventType> = {
  begun: 'START',
  published: 'COMPLETE',
  failed: 'FAIL',
  dropped: 'ABORT',
}

/** What became of a run of doltflow, as the parent of what its steps do. */
export function eventOfNews(namespace: string, news: RunNews, about: SinkAbout): LineageEvent {
  const error: Record<string, object> =
    news.error === null
      ? {}
      : {
          errorMessage: facet('1-0-1/ErrorMessageRunFacet', 'ErrorMessageRunFacet', {
            message: news.error,
            programmingLanguage: 'TypeScript',
          }),
        }
  return {
    eventType: OF_NEWS[news.event],
    eventTime: news.at,
    producer: PRODUCER,
    schemaURL: SPEC,
    run: {
      runId: runIdOf(about, news.run),
      facets: { ...parentOf(namespace, about, news.parent), ...versionFacet(), ...error },
    },
    job: { namespace, name: jobOfRuns(about), facets: {} },
    inputs: [],
    outputs: [],
  }
}

function parentOf(namespace: string, about: SinkAbout, run: string | null): Record<string, object> {
  if (run === null) return {}
  return {
    parent: facet('1-2-0/ParentRunFacet', 'ParentRunFacet', {
      run: { runId: runIdOf(about, run) },
      job: { namespace, name: jobOfRuns(about) },
    }),
  }
}

function dialectOf({ database }: SinkAbout): string {
  return /^(mysql|dolt):/.test(database) ? 'mysql' : 'sqlite'
}

/** Runs of one database are runs of one job: how a workflow manager calls it isn't known here. */
function jobOfRuns({ name }: SinkAbout): string {
  return `runs of ${name.split(/[\\/]/).at(-1) || name}`
}

function datasets(
  action: Action,
  about: SinkAbout,
  schema: Schema | undefined,
): { inputs: LineageDataset[]; outputs: LineageDataset[] } {
  const isLoad = action.kind === 'load'
  const commit = isLoad ? action.fromCommit : action.toCommit
  const tables = action.table === null ? (action.tables ?? []) : [action.table]
  const rows = action.rows === null ? {} : { rowCount: action.rows }
  const ofTables = tables.map((table) =>
    tableDataset(about, table, commit, table === action.table ? { schema, rows, isLoad } : { rows: {}, isLoad }),
  )
  const files = (action.file ?? '').split('\n').filter(Boolean).map(fileDataset)
  return isLoad ? { inputs: ofTables, outputs: files } : { inputs: files, outputs: action.changed ? ofTables : [] }
}

function tableDataset(
  { database }: SinkAbout,
  table: string,
  commit: Hash | null,
  { schema, rows, isLoad }: { schema?: Schema | undefined; rows: object; isLoad: boolean },
): LineageDataset {
  const version: Record<string, object> =
    commit === null
      ? {}
      : { version: facet('1-0-1/DatasetVersionDatasetFacet', 'DatasetVersionDatasetFacet', { datasetVersion: commit }) }
  const fields = schema?.columns.map(({ name, type }) => ({ name, type: String(type) }))
  const statistics = Object.keys(rows).length === 0 ? undefined : rows
  return {
    ...placeOf(database, table),
    facets: {
      ...version,
      ...(fields ? { schema: facet('1-2-0/SchemaDatasetFacet', 'SchemaDatasetFacet', { fields }) } : {}),
    },
    ...(isLoad
      ? {
          inputFacets: statistics
            ? {
                inputStatistics: facet(
                  '1-0-0/InputStatisticsInputDatasetFacet',
                  'InputStatisticsInputDatasetFacet',
                  statistics,
                ),
              }
            : {},
        }
      : {
          outputFacets: statistics
            ? {
                outputStatistics: facet(
                  '1-0-2/OutputStatisticsOutputDatasetFacet',
                  'OutputStatisticsOutputDatasetFacet',
                  statistics,
                ),
              }
            : {},
        }),
  }
}

/** As OpenLineage's naming page has it: a server's `mysql://host:port` and `database.table`; a file's `file` and its path, the table behind it. */
function placeOf(database: string, table: string): { namespace: string; name: string } {
  const url = /^(mysql):\/\/(?:[^@/]*@)?([^/?]+)\/([^/?]+)/.exec(database)
  if (url) return { namespace: `${url[1]}://${url[2]}`, name: `${url[3]}.${table}` }
  const other = /^([a-z0-9]+):\/\/([^/]+)\/?(.*)$/.exec(database)
  if (other) return { namespace: `${other[1]}://${other[2]}`, name: `${other[3]}#${table}` }
  return { namespace: 'file', name: `${resolve(database.replace(/^dolt:/, ''))}#${table}` }
}

/** What is saved may have a name instead of a path, such as `kedro:companies`. */
function fileDataset(file: string): LineageDataset {
  const named = /^([a-z][a-z0-9+.-]+):(.+)$/s.exec(file)
  if (named && !isAbsolute(file)) return { namespace: named[1]!, name: named[2]!, facets: {} }
  return { namespace: 'file', name: resolve(file), facets: {} }
}

function versionFacet(): Record<string, object> {
  return {
    processing_engine: facet('1-1-1/ProcessingEngineRunFacet', 'ProcessingEngineRunFacet', {
      version: process.versions.node,
      name: 'doltflow',
    }),
  }
}

function facet(file: string, type: string, content: object): object {
  return { _producer: PRODUCER, _schemaURL: `${FACETS}/${file}.json#/$defs/${type}`, ...content }
}

function runIdOf({ name }: SinkAbout, ...parts: string[]): string {
  return hashed(['run', name, ...parts].join('\0'))
}

/** An action's id, which the caller may have chosen. */
function uuidOf(id: string): string {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? id : hashed(`action\0${id}`)
}

/** A UUIDv8 (RFC 9562, 5.8) of a text's hash. */
function hashed(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x80
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return uuidText(bytes)
}
