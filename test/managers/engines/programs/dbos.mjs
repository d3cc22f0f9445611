import { DBOS, DBOSClient } from '@dbos-inc/dbos-sdk'
import { tables } from 'doltflow/dbos'
import { clean, codeOf, say, slow, total, wrong } from './steps.mjs'

const [command, id, workflow, argument] = process.argv.slice(2)
const systemDatabaseUrl = process.env.ENGINE
const short = { intervalSeconds: 0.1 }

async function nightly(input) {
  const made = await tables('clean', input.db, (t) => clean(t, input), short)
  return [made, await tables('total', made.db, (t) => total(t, made), short)]
}

async function whole({ input, fails }) {
  const transaction = { ...short, transaction: true }
  try {
    const made = await tables('clean', input.db, (t) => clean(t, input), transaction)
    if (fails) throw new Error('no luck')
    const sum = await tables('total', input.db, (t) => total(t, made), transaction)
    await tables('publish', input.db, async (t) => void (await t.publish()), transaction)
    return [made, sum]
  } catch (error) {
    await tables('drop', input.db, (t) => t.drop(), transaction)
    throw error
  }
}

const commands = {
  async work() {
    const workflows = {
      nightly,
      whole,
      failing: (db) => tables('wrong', db, wrong, short),
      slow: (db) => tables('slow', db, slow, short),
    }
    for (const [name, one] of Object.entries(workflows)) DBOS.registerWorkflow(one, { name })

    DBOS.setConfig({ name: 'doltflow', systemDatabaseUrl, runAdminServer: false, logLevel: 'error' })
    await DBOS.launch()
    await DBOS.registerQueue('tables')

    say({ ready: true })
  },
  async start() {
    const client = await DBOSClient.create({ systemDatabaseUrl })
    try {
      const handle = await client.enqueue(
        { workflowName: workflow, queueName: 'tables', workflowID: id },
        JSON.parse(argument),
      )
      say({ result: await handle.getResult() })
    } catch (error) {
      say({ failed: { message: error.message, code: codeOf(error), name: error.name } })
    }
    await client.destroy()
  },
  async cancel() {
    const client = await DBOSClient.create({ systemDatabaseUrl })
    await client.cancelWorkflow(id)
    await client.destroy()
  },
}
await commands[command]()
