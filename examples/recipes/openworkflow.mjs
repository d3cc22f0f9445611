// A workflow in openworkflow, whose SQLite needs Node 22. Run: node openworkflow.mjs
import { closeDatabases, tableStep, useDatabases } from 'doltflow/step'
import { OpenWorkflow } from 'openworkflow'
import { BackendSqlite } from 'openworkflow/sqlite'
import { begin, clean, tell, total } from './steps.mjs'

await begin()
useDatabases({ pipeline: 'pipeline.db' })
const ow = new OpenWorkflow({ backend: BackendSqlite.connect('openworkflow.db') })

const nightly = ow.defineWorkflow({ name: 'nightly' }, async ({ run, step }) => {
  const tables = (name, work) =>
    step.run({ name }, () => tableStep('pipeline', { id: `${run.id}/${name}`, run: run.id, name }, work))
  const made = await tables('clean', clean)
  return tables('total', (t) => total(t, made))
})

const worker = ow.newWorker()
await worker.start()
const result = await (await nightly.run()).result()
await worker.stop()
await closeDatabases()
await tell(result)
