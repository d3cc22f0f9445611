// What the workflows of every engine do with tables, and how their processes are killed.
import { appendFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

/** Notes that a step is tried, and by whom. */
function tried(step) {
  appendFileSync(process.env.TRIED, `${step}\n`)
}

/** Ends this process as a crash does, if the test asked for it here: what comes after has not happened. */
function killedAt(point) {
  if (process.env.KILL === point) process.kill(process.pid, 'SIGKILL')
}

export async function clean({ rows, save }, input) {
  tried('clean')
  const made = []
  for await (const row of rows(input)) made.push({ id: row.id, price: Number(row.price) * 2 })
  const handle = await save('clean', made, { key: 'id' })
  killedAt('acked')
  return handle
}

export async function total({ rows, save }, input) {
  tried('total')
  let sum = 0
  for await (const row of rows(input)) sum += Number(row.price)
  return save('total', [{ name: 'price', sum }], { key: 'name', mode: 'upsert' })
}

/** What fails again, however often it is tried. */
export function wrong({ save }) {
  tried('wrong')
  return save('wrong', [{ id: 1 }], { key: 'nothing' })
}

/** A save that takes a minute. */
export function slow({ save }) {
  tried('slow')
  return save('slow', slowly(), { key: 'id' })
}

async function* slowly() {
  for (let id = 0; id < 1200; id++) {
    yield { id, text: 'x'.repeat(1000) }
    await setTimeout(50)
  }
}

/** A line for the test. */
export function say(document) {
  process.stdout.write(`${JSON.stringify(document)}\n`)
}

export function codeOf(error) {
  for (let one = error; one; one = one.cause) if (one.code && typeof one.code === 'string') return one.code
  return undefined
}
