// A Temporal workflow as one transaction. Its first activity fails after it has saved, and is tried again: there is one commit of each
// table. Run: npm run demo:engines -- temporal. With a server of yours: TEMPORAL_ADDRESS=127.0.0.1:7233 node pipeline.mjs
import { fileURLToPath } from 'node:url'
import { Client, Connection } from '@temporalio/client'
import { NativeConnection, Worker } from '@temporalio/worker'
import { open } from 'doltflow'
import { closeDatabases, tables } from 'doltflow/temporal'

const address = process.env.TEMPORAL_ADDRESS ?? '127.0.0.1:7233'
const namespace = process.env.TEMPORAL_NAMESPACE ?? 'default'
const taskQueue = 'orders'
const transaction = { transaction: true }
let tries = 0

const activities = {
  clean: (input) => tables(input.db, (step) => clean(step, input), transaction),
  total: (made) => tables(made.db, (step) => total(step, made), transaction),
  publish: (db) => tables(db, async ({ publish }) => void (await publish()), transaction),
  drop: (db) => tables(db, ({ drop }) => drop(), transaction),
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

const db = await open('pipeline.db')
const { handle } = await db.save('orders', [{ id: 1, price: 10 }, { id: 2, price: 0 }, { id: 3, price: 5 }], { key: 'id' })
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  namespace,
  taskQueue,
  activities,
  workflowsPath: fileURLToPath(new URL('workflows.mjs', import.meta.url)),
})
const client = new Client({ connection: await Connection.connect({ address }), namespace })
const result = await worker.runUntil(
  client.workflow.execute('nightly', { args: [handle], workflowId: `nightly-${Date.now()}`, taskQueue }),
)
console.log('the result:', JSON.stringify(result))
for await (const row of db.rows('total')) console.log('total:', row.sum)
for (const { kind, table, step, id } of await db.actions()) if (kind === 'save') console.log('saved:', table, step ?? '', id)
await db.close()
await closeDatabases()
process.exit()
