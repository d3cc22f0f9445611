// A workflow in Mastra, which needs Node 22.13. Run: node mastra.mjs
import { createStep, createWorkflow } from '@mastra/core/workflows'
import { closeDatabases, tableStep, useDatabases } from 'doltflow/step'
import { z } from 'zod'
import { begin, clean, tell, total } from './steps.mjs'

await begin()
useDatabases({ pipeline: 'pipeline.db' })

const Handle = z.object({ db: z.string(), table: z.string(), commit: z.string(), hash: z.string(), rows: z.number() })
const tables = (name, inputSchema, work) =>
  createStep({
    id: name,
    inputSchema,
    outputSchema: Handle,
    retries: 3,
    execute: ({ runId, abortSignal, inputData }) =>
      tableStep('pipeline', { id: `${runId}/${name}`, run: runId, name, signal: abortSignal }, (t) => work(t, inputData)),
  })

const nightly = createWorkflow({ id: 'nightly', inputSchema: z.object({}), outputSchema: Handle })
  .then(tables('clean', z.object({}), clean))
  .then(tables('total', Handle, total))
  .commit()

const run = await nightly.createRun()
const { result } = await run.start({ inputData: {} })
await closeDatabases()
await tell(result)
