import { readFileSync, writeFileSync } from 'node:fs'
import { service, serve, TerminalError } from '@restatedev/restate-sdk'
import { tables } from 'doltflow/restate'
import { clean, say, slow, total, wrong } from './steps.mjs'

const [command, id, workflow, argument] = process.argv.slice(2)
const { ingress, admin, deployment, portFile } = JSON.parse(process.env.ENGINE)
const quick = { retryPolicy: { initialInterval: 100, maxInterval: 500 }, inactivityTimeout: 2000, abortTimeout: 2000 }

const handlers = {
  async nightly(ctx, input) {
    const made = await tables(ctx, 'clean', input.db, (t) => clean(t, input))
    return [made, await tables(ctx, 'total', input.db, (t) => total(t, made))]
  },
  async whole(ctx, { input, fails }) {
    const transaction = { transaction: true }
    try {
      const made = await tables(ctx, 'clean', input.db, (t) => clean(t, input), transaction)
      if (fails) throw new TerminalError('no luck')
      const sum = await tables(ctx, 'total', input.db, (t) => total(t, made), transaction)
      await tables(ctx, 'publish', input.db, async (t) => void (await t.publish()), transaction)
      return [made, sum]
    } catch (error) {
      if (error instanceof TerminalError) await tables(ctx, 'drop', input.db, (t) => t.drop(), transaction)
      throw error
    }
  },
  failing: (ctx, db) => tables(ctx, 'wrong', db, wrong),
  slow: (ctx, db) => tables(ctx, 'slow', db, slow),
}

async function ask(url, options = {}) {
  const answer = await fetch(url, { ...options, headers: { 'content-type': 'application/json', ...options.headers } })
  const text = await answer.text()
  const body = text === '' ? null : JSON.parse(text)
  if (!answer.ok) throw Object.assign(new Error(body?.message ?? text), { name: `HTTP ${answer.status}`, body })
  return body
}

const commands = {
  async work() {
    const port = await serve({ services: [service({ name: 'pipeline', handlers, options: quick })], port: 0 })
    writeFileSync(portFile, String(port))
    await ask(`${admin}/deployments`, { method: 'POST', body: JSON.stringify({ uri: deployment, force: true }) })
    say({ ready: true })
  },
  async start() {
    const key = { 'idempotency-key': id }
    const send = await ask(`${ingress}/pipeline/${workflow}/send`, { method: 'POST', body: argument, headers: key })
    writeFileSync(id, send.invocationId)
    try {
      say({ result: await ask(`${ingress}/restate/invocation/${send.invocationId}/attach`) })
    } catch (error) {
      say({ failed: { message: error.message, name: error.name, code: error.body?.metadata?.code } })
    }
  },
  cancel: () => ask(`${admin}/invocations/${readFileSync(id, 'utf8')}/cancel`, { method: 'PATCH' }),
}
await commands[command]()
