import { UsageError } from '../errors.ts'
import { jsonlSink } from './jsonl.ts'
import { mlflowSink } from './mlflow.ts'
import { openTelemetrySink } from './open-telemetry.ts'
import { openLineageSink } from './openlineage/index.ts'
import type { SinkObject } from './sink.ts'
import { webhookSink } from './webhook.ts'

const KINDS: Readonly<Record<string, (target: string | undefined) => SinkObject>> = {
  jsonl: (path) => jsonlSink(path ?? ''),
  openlineage: (target) => openLineageSink(target === undefined ? {} : { target }),
  opentelemetry: () => openTelemetrySink(),
  mlflow: (url) => mlflowSink(url === undefined ? {} : { url }),
  webhook: (url) => webhookSink(url ?? ''),
}

/** One sink for one text, so that its outbox is one. */
const known = new Map<string, SinkObject>()

/**
 * The sink that a text names: `jsonl:PATH`, `openlineage:URL|PATH`, `opentelemetry`, `mlflow:URL`, `webhook:URL`. What may be left
 * out stands in the environment, as each sink says.
 * @throws {UsageError} URL_INVALID
 */
export function namedSink(text: string): SinkObject {
  const [, kind, target] = /^([a-z]+)(?::(.+))?$/s.exec(text) ?? []
  const make = kind !== undefined && Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined
  if (!make) {
    const kinds = Object.keys(KINDS).join(', ')
    throw new UsageError(
      'URL_INVALID',
      `A sink is named by its kind and its target, such as jsonl:actions.jsonl. The kind must be one of ${kinds}.`,
      { data: { kinds: Object.keys(KINDS) } },
    )
  }
  const sink = known.get(text) ?? make(target)
  known.set(text, sink)
  return sink
}
