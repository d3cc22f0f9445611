// A Restate handler as one transaction. Its first step fails after it has saved, and is tried again: there is one commit of each table.
// Run: npm run demo:engines -- restate. With a server of yours: node pipeline.mjs (Node 22)
import * as restate from '@restatedev/restate-sdk'
import { open } from 'doltflow'
import { closeDatabases, tables } from 'doltflow/restate'

const ingress = process.env.RESTATE_INGRESS ?? 'http://127.0.0.1:8080'
const admin = process.env.RESTATE_ADMIN ?? 'http://127.0.0.1:9070'
const transaction = { transaction: true }
let tries = 0

async function nightly(ctx, input) {
  try {
    const made = await tables(ctx, 'clean', input.db, (step) => clean(step, input), transaction)
    const sum = await tables(ctx, 'total', input.db, (step) => total(step, made), transaction)
    await tables(ctx, 'publish', input.db, async ({ publish }) => void (await publish()), transaction)
    return sum
  } catch (error) {
    if (error instanceof restate.TerminalError) await tables(ctx, 'drop', input.db, ({ drop }) => drop(), transaction)
    throw error
  }
}

async function clean({ rows, save }, input) {
  const kept = []
  for await (const row of rows(input)) if (Number(row.price) > 0) kept.push(row)
  const made = await save('clean', kept, { key: 'id' })
  if (tries++ === 0) throw new Error('the network went away, after the save')
  return made
}

async function total({ rows, save }, made) {
  let sum = 0
  for await (const row of rows(made)) sum += Number(row.price)
  return save('total', [{ name: 'price', sum }], { key: 'name' })
}

async function post(url, body) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`)
  return answer.json()
}

const pipeline = restate.service({ name: 'orders', handlers: { nightly } })
const port = await restate.serve({ services: [pipeline], port: 0 })
await post(`${admin}/deployments`, { uri: `http://127.0.0.1:${port}`, force: true })

const db = await open('pipeline.db')
const { handle } = await db.save('orders', [{ id: 1, price: 10 }, { id: 2, price: 0 }, { id: 3, price: 5 }], { key: 'id' })
console.log('the result:', JSON.stringify(await post(`${ingress}/orders/nightly`, handle)))
for await (const row of db.rows('total')) console.log('total:', row.sum)
for (const { kind, table, step, id } of await db.actions()) if (kind === 'save') console.log('saved:', table, step ?? '', id)
await db.close()
await closeDatabases()
process.exit()
