// A step of a durable engine, in a process of its own: prints how long it took, in ms, without the start of the process.
import { closeDatabases, tableStep } from 'doltflow/step'

const [path, id] = process.argv.slice(2)
const start = performance.now()
await tableStep(path, { id, run: id, name: 'step' }, ({ save }) =>
  save('t', [{ id, value: 'x' }], { key: 'id', mode: 'upsert' }),
)
console.log(JSON.stringify({ ms: performance.now() - start }))
await closeDatabases()
