import { UsageError } from '../errors.ts'
import type { Action } from '../model/action.ts'
import type { Schema } from '../types.ts'
import { basic, postJson, printable, receiver } from './http.ts'
import { DEADLINE_MS, Outbox, type OutboxMessage } from './outbox.ts'
import type { SinkAbout, SinkObject } from './sink.ts'

/** Options of a sink for MLflow. */
export interface MlflowOptions {
  /** The tracking server. Default: MLFLOW_TRACKING_URI */
  url?: string | undefined
  /** The run that actions belong to. Default: MLFLOW_RUN_ID, else the action's own run */
  runId?: string | undefined
  /** Is sent as a bearer token. Default: MLFLOW_TRACKING_TOKEN, else none is */
  token?: string | undefined
}

/** How long a digest of MLflow may be, in characters. */
const DIGEST = 36

/**
 * Makes a sink that shows in a run of MLflow what it read and wrote: each table is a dataset of the run (its context says `load` or
 * `save`), and a tag `doltflow.<verb>.<table>` names its commit. What the server doesn't take within a second waits in an outbox on
 * this machine, and is sent with the next action.
 * @throws {UsageError} URL_INVALID
 * @example
 * const pipeline = await open('pipeline.db', { sinks: [mlflowSink({ url: 'http://localhost:5000' })] })
 */
export function mlflowSink({ url: given, runId, token }: MlflowOptions = {}): SinkObject {
  const { MLFLOW_TRACKING_URI, MLFLOW_TRACKING_TOKEN, MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD } = process.env
  const where = given ?? MLFLOW_TRACKING_URI
  if (!where)
    throw new UsageError(
      'URL_INVALID',
      'A sink for MLflow needs its tracking server, such as mlflow:http://localhost:5000 (or MLFLOW_TRACKING_URI).',
    )
  const { url, headers } = receiver('A sink for MLflow', where)
  const bearer = token ?? MLFLOW_TRACKING_TOKEN
  const credentials = bearer
    ? { authorization: `Bearer ${bearer}` }
    : MLFLOW_TRACKING_USERNAME
      ? basic(`${MLFLOW_TRACKING_USERNAME}:${MLFLOW_TRACKING_PASSWORD ?? ''}`)
      : headers
  const name = `mlflow ${printable(url)}`
  const api = `${url.href.replace(/\/+$/, '')}/api/2.0/mlflow`
  const outbox = new Outbox(`mlflow ${url.href}`, async ({ requests }) => {
    for (const { path, body } of requests) await postJson(new URL(`${api}/${path}`), body, credentials)
  })
  return {
    name,
    write: async (action, about) => {
      const run = runId ?? process.env['MLFLOW_RUN_ID'] ?? action.run
      if (action.table === null && action.tables === null) return
      if (!run) throw new Error('no run of MLflow is named: set MLFLOW_RUN_ID, or the option runId')
      await outbox.put(messageOf(run, action, about, await about.schema().catch(() => undefined)))
    },
    flush: () => outbox.flush(),
    deadlineMs: 2 * DEADLINE_MS,
  }
}

/** What MLflow's REST API is asked: repeated, it changes nothing. */
function messageOf(run: string, action: Action, about: SinkAbout, schema: Schema | undefined): OutboxMessage {
  const { id, kind, rows } = action
  const commit = (kind === 'load' ? action.fromCommit : action.toCommit) ?? ''
  const tables = action.table === null ? action.tables! : [action.table]
  const datasets = tables.map((table) => ({
    tags: [{ key: 'mlflow.data.context', value: kind }],
    dataset: {
      name: table,
      digest: (table === action.table ? (action.tableHash ?? commit) : commit).slice(0, DIGEST),
      source_type: 'doltflow',
      source: JSON.stringify({ database: about.name, table, commit }),
      ...(table === action.table && schema ? { schema: schemaOf(schema) } : {}),
      ...(table === action.table && rows !== null ? { profile: JSON.stringify({ num_rows: rows }) } : {}),
    },
  }))
  const tags = tables.map((table) => ({
    path: 'runs/set-tag',
    body: JSON.stringify({ run_id: run, key: tagOf(kind, table), value: commit }),
  }))
  return { id, requests: [{ path: 'runs/log-inputs', body: JSON.stringify({ run_id: run, datasets }) }, ...tags] }
}

/** A tag takes letters, digits, `_`, `-`, `.`, `/` and spaces alone, 250 at most. */
function tagOf(kind: string, table: string): string {
  return `doltflow.${kind}.${table.replace(/[^\w\-. /]/g, '_')}`.slice(0, 250)
}

const MLFLOW_TYPES: Readonly<Record<string, string>> = { integer: 'long', real: 'double', text: 'string' }

/** As MLflow's own datasets write it, so that its page shows the columns. */
function schemaOf({ columns }: Schema): string {
  const types = columns.map(({ name, type }) => ({
    type: MLFLOW_TYPES[String(type)] ?? 'string',
    name,
    required: false,
  }))
  return JSON.stringify({ mlflow_colspec: types })
}
