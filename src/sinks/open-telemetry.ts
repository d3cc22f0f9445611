import type { Attributes, Span, SpanOptions } from '@opentelemetry/api'
import { DoltflowError } from '../errors.ts'
import type { Action } from '../model/action.ts'
import type { SinkObject } from './sink.ts'

/**
 * Makes a sink that tells OpenTelemetry: a span for each action, as long as it took, under the caller's own span; and one for each run
 * that ends in this process. It needs the package `@opentelemetry/api`; which exporter gets the spans is set up as OpenTelemetry says.
 * @example
 * const pipeline = await open('pipeline.db', { sinks: [openTelemetrySink()] })
 */
export function openTelemetrySink(): SinkObject {
  const begun = new Map<string, Date>()
  return {
    name: 'opentelemetry',
    write: async (action, { name }) => {
      const span = await startSpan(`doltflow ${action.kind}`, new Date(action.startedAt), attributesOf(action, name))
      span.end(new Date(Date.parse(action.startedAt) + action.durationMs))
    },
    tell: async ({ run, event, at, error, into, commit }, { name }) => {
      if (event === 'begun') return void begun.set(run, new Date(at))
      const startTime = begun.get(run) ?? new Date(at)
      begun.delete(run)
      const span = await startSpan('doltflow run', startTime, {
        'doltflow.database': name,
        'doltflow.run': run,
        'doltflow.branch': into,
        'doltflow.event': event,
        ...(commit === null ? {} : { 'doltflow.commit': commit }),
      })
      // SpanStatusCode.ERROR
      if (event === 'failed') span.setStatus({ code: 2, message: error ?? 'failed' })
      span.end(new Date(at))
    },
  }
}

async function startSpan(name: string, startTime: Date, attributes: Attributes): Promise<Span> {
  let api: typeof import('@opentelemetry/api')
  try {
    api = await import('@opentelemetry/api')
  } catch (cause) {
    throw new DoltflowError('PACKAGE_MISSING', 'OpenTelemetry needs its own package: npm install @opentelemetry/api', {
      cause,
    })
  }
  const options: SpanOptions = { startTime, attributes }
  return api.trace.getTracer('doltflow').startSpan(name, options)
}

function attributesOf(action: Action, database: string): Attributes {
  const { id, table, branch, fromCommit, toCommit, changed, rows, added, modified, removed, run, step } = action
  const all = {
    'doltflow.database': database,
    'doltflow.action': id,
    'doltflow.table': table,
    'doltflow.branch': branch,
    'doltflow.from_commit': fromCommit,
    'doltflow.to_commit': toCommit,
    'doltflow.changed': changed,
    'doltflow.rows': rows,
    'doltflow.added': added,
    'doltflow.modified': modified,
    'doltflow.removed': removed,
    'doltflow.run': run,
    'doltflow.step': step,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)) as Attributes
}
