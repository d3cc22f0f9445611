// What the workflow's steps do with tables, and a check of what is left of them.
import { open } from 'doltflow'

let tries = 0

/** Fails once, after its save, as if the network went away; with another KEY it fails whenever it is tried. */
export async function clean({ rows, save }) {
  console.log(`clean: try ${++tries}`)
  const kept = []
  for await (const row of rows('orders')) if (Number(row.price) > 0) kept.push(row)
  const made = await save('clean', kept, { key: process.env.KEY ?? 'id' })
  if (tries === 1) throw new Error('the network went away, after the save')
  return made
}

export async function total({ rows, save }, made) {
  let price = 0
  for await (const row of rows(made)) price += Number(row.price)
  return save('total', [{ name: 'price', price }], { key: 'name', mode: 'upsert' })
}

/** The table that the workflow begins with. */
export async function begin() {
  const db = await open('pipeline.db')
  const orders = [
    { id: 1, price: '5.00' },
    { id: 2, price: '10.00' },
    { id: 3, price: '-1.00' },
  ]
  await db.save('orders', orders, { key: 'id' })
  await db.close()
}

/** Tells what was saved, by whom. */
export async function tell(result) {
  const db = await open('pipeline.db')
  console.log(`the result: ${JSON.stringify(result)}`)
  for (const { table, run, step, toCommit } of (await db.actions()).filter(({ changed }) => changed))
    console.log(`saved: ${JSON.stringify({ table, run, step, toCommit })}`)
  await db.close()
}
