import { appendFile } from 'node:fs/promises'
import { UsageError } from '../../errors.ts'
import { postJson, printable, receiver } from '../http.ts'
import { DEADLINE_MS, Outbox } from '../outbox.ts'
import type { SinkObject } from '../sink.ts'
import { eventOfNews, eventsOfAction, type LineageEvent } from './events.ts'

/** Options of a sink for OpenLineage. */
export interface OpenLineageOptions {
  /** A server's URL, such as `http://localhost:5000` (events go to `/api/v1/lineage` there), or a file's path. Default: OPENLINEAGE_URL */
  target?: string | undefined
  /** The path at the server. Default: OPENLINEAGE_ENDPOINT, else `api/v1/lineage` */
  endpoint?: string | undefined
  /** The namespace of jobs. Default: OPENLINEAGE_NAMESPACE, else `doltflow` */
  namespace?: string | undefined
  /** Is sent as a bearer token. Default: OPENLINEAGE_API_KEY, else none is */
  apiKey?: string | undefined
}

/**
 * Makes a sink that tells a lineage system (Marquez, DataHub, …) of loads, saves and runs, in OpenLineage's run events: a step is a
 * job; a table is a dataset, with its commit as version, its columns and its rows. What a server doesn't take within a second waits in
 * an outbox on this machine, and is sent with the next action.
 * @throws {UsageError} URL_INVALID
 * @example
 * const pipeline = await open('pipeline.db', { sinks: [openLineageSink({ target: 'http://localhost:5000' })] })
 */
export function openLineageSink({ target, endpoint, namespace, apiKey }: OpenLineageOptions = {}): SinkObject {
  const { OPENLINEAGE_URL, OPENLINEAGE_ENDPOINT, OPENLINEAGE_NAMESPACE, OPENLINEAGE_API_KEY } = process.env
  const where = target ?? OPENLINEAGE_URL
  const jobs = namespace ?? (OPENLINEAGE_NAMESPACE || 'doltflow')
  if (!where)
    throw new UsageError(
      'URL_INVALID',
      'A sink for OpenLineage needs a server or a file, such as openlineage:http://localhost:5000 (or OPENLINEAGE_URL).',
    )
  const { name, send, flush } = /^https?:/.test(where)
    ? toServer(where, endpoint ?? (OPENLINEAGE_ENDPOINT || 'api/v1/lineage'), apiKey ?? OPENLINEAGE_API_KEY)
    : toFile(where)
  return {
    name,
    write: async (action, about) =>
      send(action.id, eventsOfAction(jobs, action, about, await about.schema().catch(() => undefined))),
    tell: (news, about) => send(`${news.run} ${news.event} ${news.at}`, [eventOfNews(jobs, news, about)]),
    ...(flush ? { flush, deadlineMs: 2 * DEADLINE_MS } : {}),
  }
}

interface Transport {
  name: string
  send: (id: string, events: LineageEvent[]) => Promise<void>
  flush?: () => Promise<void>
}

function toFile(path: string): Transport {
  return {
    name: `openlineage ${path}`,
    send: (_id, events) => appendFile(path, events.map((event) => `${JSON.stringify(event)}\n`).join('')),
  }
}

function toServer(server: string, endpoint: string, apiKey: string | undefined): Transport {
  const { url, headers } = receiver('A sink for OpenLineage', server)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${endpoint.replace(/^\/+/, '')}`
  const token: Record<string, string> = apiKey ? { authorization: `Bearer ${apiKey}` } : {}
  const outbox = new Outbox(`openlineage ${url.href}`, async ({ requests }) => {
    for (const { body } of requests) await postJson(url, body, { ...headers, ...token })
  })
  return {
    name: `openlineage ${printable(url)}`,
    send: (id, events) =>
      outbox.put({ id, requests: events.map((event) => ({ path: '', body: JSON.stringify(event) })) }),
    flush: () => outbox.flush(),
  }
}
