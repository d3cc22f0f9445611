import { createHmac } from 'node:crypto'
import type { Action } from '../model/action.ts'
import { postJson, printable, receiver } from './http.ts'
import { DEADLINE_MS, Outbox, type OutboxMessage } from './outbox.ts'
import type { SinkAbout, SinkObject } from './sink.ts'

/** Options of a webhook. */
export interface WebhookOptions {
  /** What signs each body, as `X-Doltflow-Signature: sha256=HEX` (HMAC). Default: DOLTFLOW_WEBHOOK_SECRET, else nothing does */
  secret?: string | undefined
}

/**
 * Makes a sink that posts each action, and what becomes of runs, to an address, as JSON: `{ type: 'action', database, action }` or
 * `{ type: 'run', database, run }`. `Idempotency-Key` is the same if a message comes again. What can't be delivered within a second
 * waits in an outbox on this machine, and is sent with the next action.
 * @param url a user and a password in it are sent as HTTP's Basic scheme asks, and are kept nowhere
 * @throws {UsageError} URL_INVALID
 * @example
 * const pipeline = await open('pipeline.db', { sinks: [webhookSink('https://hooks.example.org/tables')] })
 */
export function webhookSink(url: string, { secret }: WebhookOptions = {}): SinkObject {
  const { url: address, headers } = receiver('A webhook', url)
  const key = secret ?? process.env['DOLTFLOW_WEBHOOK_SECRET']
  const name = `webhook ${printable(address)}`
  const outbox = new Outbox(`webhook ${address.href}`, async ({ id, requests }) => {
    for (const { body } of requests) {
      const signature: Record<string, string> = key
        ? { 'x-doltflow-signature': `sha256=${createHmac('sha256', key).update(body).digest('hex')}` }
        : {}
      await postJson(address, body, { 'idempotency-key': encodeURIComponent(id), ...headers, ...signature })
    }
  })
  const message = (id: string, document: unknown): OutboxMessage => ({
    id,
    requests: [{ path: '', body: JSON.stringify(document) }],
  })
  return {
    name,
    write: ({ notices: _notices, handle: _handle, ...action }: Action, { name: database }: SinkAbout) =>
      outbox.put(message(action.id, { type: 'action', database, action })),
    tell: (run, { name: database }) =>
      outbox.put(message(`${run.run} ${run.event} ${run.at}`, { type: 'run', database, run })),
    flush: () => outbox.flush(),
    deadlineMs: 2 * DEADLINE_MS,
  }
}
