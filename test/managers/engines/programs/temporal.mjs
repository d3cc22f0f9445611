import { fileURLToPath } from 'node:url'
import { Client, Connection } from '@temporalio/client'
import { NativeConnection, Runtime, DefaultLogger, Worker } from '@temporalio/worker'
import { tables } from 'doltflow/temporal'
import { clean, codeOf, say, slow, total, wrong } from './steps.mjs'

const [command, id, workflow, argument] = process.argv.slice(2)
const { address, namespace } = JSON.parse(process.env.ENGINE)
const taskQueue = process.env.NAME
const transaction = { transaction: true }

const activities = {
  clean: (input) => tables(input.db, (t) => clean(t, input)),
  total: (made) => tables(made.db, (t) => total(t, made)),
  wrong: (db) => tables(db, wrong),
  slow: (db) => tables(db, slow),
  small: (db, number) => tables(db, ({ save }) => save('many', [{ id: number }], { key: 'id', mode: 'upsert' })),
  cleanInside: (input) => tables(input.db, (t) => clean(t, input), transaction),
  totalInside: (db, made) => tables(db, (t) => total(t, made), transaction),
  publish: (db) => tables(db, async (t) => void (await t.publish()), transaction),
  drop: (db) => tables(db, (t) => t.drop(), transaction),
}

const client = async () => new Client({ namespace, connection: await Connection.connect({ address }) })

const commands = {
  async work() {
    Runtime.install({ logger: new DefaultLogger('ERROR', () => {}) })
    const worker = await Worker.create({
      namespace,
      taskQueue,
      activities,
      connection: await NativeConnection.connect({ address }),
      workflowsPath: fileURLToPath(new URL('temporal-workflows.mjs', import.meta.url)),
      maxCachedWorkflows: 0,
    })
    const ended = worker.run()
    say({ ready: true })
    await ended
  },
  async start() {
    try {
      const handle = await (
        await client()
      ).workflow.start(workflow, { args: [JSON.parse(argument)], workflowId: id, taskQueue })
      say({ result: await handle.result() })
    } catch (error) {
      const { cause } = error
      const failure = cause?.cause ?? cause
      say({
        failed: { message: failure?.message, name: cause?.name ?? error.name, code: failure?.type ?? codeOf(error) },
      })
    }
    process.exit()
  },
  async cancel() {
    await (await client()).workflow.getHandle(id).cancel()
    process.exit()
  },
}
await commands[command]()
