// A large table in the library: how long the caller's event loop was held, in ms, while it is saved and loaded.
import { open } from 'doltflow'

const [path, source, target] = process.argv.slice(2)
let worst = 0
let last = performance.now()
setInterval(() => {
  const now = performance.now()
  worst = Math.max(worst, now - last - 5)
  last = now
}, 5).unref()
const db = await open(path)
const start = performance.now()
await db.save('t', source, { key: 'id' })
const middle = performance.now()
await db.load('t', target)
const end = performance.now()
await db.close()
console.log(JSON.stringify({ save: (middle - start) / 1000, load: (end - middle) / 1000, worst }))
