// Saves of one row each into one table, one after the other and at once, in turn with each other so that both meet the same
// machine. Prints the medians of the rounds' times in ms, the most memory that either took more, in MB, and how long the caller's
// event loop was held at most, in ms.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { open } from 'doltflow'
import { median } from './measure.mjs'

const [folder, count, rounds] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])]
const db = await open(`${folder}/many.db`)
let key = 0
const save = () => db.save('t', { rows: [{ key: key++, value: 'x' }] }, { key: 'key', mode: 'upsert' })
for (let n = 0; n < count; n++) await save()

const ways = {
  async after() {
    for (let n = 0; n < count; n++) await save()
  },
  async atOnce() {
    await Promise.all(Array.from({ length: count }, save))
  },
}
const times = { after: [], atOnce: [] }
const delay = monitorEventLoopDelay({ resolution: 5 })
const before = process.memoryUsage().rss
let peak = before
const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 5)
delay.enable()
for (let round = 0; round < rounds; round++)
  for (const [name, way] of Object.entries(ways)) {
    const start = performance.now()
    await way()
    times[name].push(performance.now() - start)
  }
delay.disable()
clearInterval(timer)
await db.close()
const result = {
  after: median(times.after),
  atOnce: median(times.atOnce),
  memory: (peak - before) / 1e6,
  held: delay.max / 1e6,
}
console.log(JSON.stringify(result))
