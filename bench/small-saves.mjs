// Many small saves into one database of 10,000 rows, each changing one row. Prints the medians around some of them, in ms.
import { writeFileSync } from 'node:fs'
import { open } from 'doltflow'
import { median } from './measure.mjs'

const [path, count] = [process.argv[2], Number(process.argv[3])]
const rows = Array.from({ length: 10_000 }, (_, id) => ({ id, value: `v${id}` }))
const db = await open(path)
await db.save('t', { rows }, { key: 'id' })
const times = []
for (let i = 0; i < count; i++) {
  writeFileSync(`${path}.csv`, `id,value\n${i % 10_000},changed ${i}\n`)
  const start = performance.now()
  await db.save('t', `${path}.csv`, { mode: 'upsert' })
  times.push(performance.now() - start)
}
await db.close()
const around = (n) => median(times.slice(Math.max(0, n - 25), n + 25))
console.log(JSON.stringify({ first: around(50), last: median(times.slice(-50)) }))
