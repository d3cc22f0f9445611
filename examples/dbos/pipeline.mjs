// A DBOS workflow as one transaction. Its first step fails after it has saved, and is tried again: there is one commit of each table.
// Run: npm run demo:engines -- dbos. With a Postgres of yours: DBOS_SYSTEM_DATABASE_URL=postgresql://… node pipeline.mjs
import { DBOS } from '@dbos-inc/dbos-sdk'
import { open } from 'doltflow'
import { closeDatabases, tables } from 'doltflow/dbos'

const transaction = true
let tries = 0

async function nightly(input) {
  try {
    const made = await tables('clean', input.db, (step) => clean(step, input), { transaction })
    const sum = await tables('total', input.db, (step) => total(step, made), { transaction })
    await tables('publish', input.db, async ({ publish }) => void (await publish()), { transaction })
    return sum
  } catch (error) {
    await tables('drop', input.db, ({ drop }) => drop(), { transaction })
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

const workflow = DBOS.registerWorkflow(nightly, { name: 'nightly' })
DBOS.setConfig({
  name: 'pipeline',
  systemDatabaseUrl: process.env.DBOS_SYSTEM_DATABASE_URL,
  runAdminServer: false,
  logLevel: 'error',
})
await DBOS.launch()

const db = await open('pipeline.db')
const { handle } = await db.save('orders', [{ id: 1, price: 10 }, { id: 2, price: 0 }, { id: 3, price: 5 }], { key: 'id' })
const started = await DBOS.startWorkflow(workflow)(handle)
console.log('the result:', JSON.stringify(await started.getResult()))
for await (const row of db.rows('total')) console.log('total:', row.sum)
for (const { kind, table, step, id } of await db.actions()) if (kind === 'save') console.log('saved:', table, step ?? '', id)
await db.close()
await DBOS.shutdown()
await closeDatabases()
