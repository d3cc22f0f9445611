// Many small saves into one database of 10,000 rows, each changing one row. Then the next saves into it, one by one in turn
// with those into a database of 50 saves, so that both meet the same machine. Prints both medians, in ms.
import { writeFileSync } from 'node:fs'
import { open } from 'doltflow'
import { median } from './measure.mjs'

const [folder, count] = [process.argv[2], Number(process.argv[3])]
const rows = Array.from({ length: 10_000 }, (_, id) => ({ id, value: `v${id}` }))

async function saver(name, saves) {
  const path = `${folder}/${name}`
  const db = await open(path)
  await db.save('t', { rows }, { key: 'id' })
  let done = 0
  const save = async () => {
    writeFileSync(`${path}.csv`, `id,value\n${done % 10_000},changed ${done++}\n`)
    const start = performance.now()
    await db.save('t', `${path}.csv`, { mode: 'upsert' })
    return performance.now() - start
  }
  for (let i = 1; i < saves; i++) await save()
  return { save, close: () => db.close() }
}

const old = await saver('small.db', count)
const young = await saver('young.db', 50)
const times = { old: [], young: [] }
for (let i = 0; i < 50; i++) {
  times.old.push(await old.save())
  times.young.push(await young.save())
}
await old.close()
await young.close()
console.log(JSON.stringify({ first: median(times.young), last: median(times.old) }))
