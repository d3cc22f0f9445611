import { expect } from 'vitest'
import { clone, type Database } from '../../../dist/index.js'
import { Bench } from '../../contract/bench.ts'
import { doltliteUnderTest } from '../doltlite-under-test.ts'
import { lossyProxy } from './lossy-proxy.ts'
import { pointAt, type S3Server } from './server.ts'

/** Writers with a database of their own save to one bucket at once over a bad network; then all must be there, once. */
export async function saveAtOnce(server: S3Server, writers: number, saves: number, seed: number): Promise<void> {
  const bench = new Bench(doltliteUnderTest)
  const remote = `s3://${server.bucket}/writers-${seed}`
  const proxy = await lossyProxy(server.port, { random: generator(seed), lose: 0.1, repeat: 0.1, delay: 30 })
  try {
    const first = await bench.open()
    await bench.save(first, 'rows', 'id,by\n0,first\n', { key: 'id', remote })
    const urls = Array.from({ length: writers }, () => bench.url())
    for (const url of urls) await clone(remote, url)
    const databases = await Promise.all(urls.map((url) => bench.open(url)))
    pointAt(proxy.port)
    await Promise.all(databases.map((database, writer) => saveAll(bench, database, writer, saves)))
    pointAt(server.port)
    expect(proxy.lost).toBeGreaterThan(0)
    expect(proxy.repeated).toBeGreaterThan(0)
    const copy = bench.url()
    await clone(remote, copy)
    const all = await bench.open(copy)
    const rows = (await bench.text(all, 'rows')).trim().split('\n').slice(1)
    const wanted = ['0,first']
    for (let writer = 0; writer < writers; writer++)
      for (let save = 0; save < saves; save++) wanted.push(`${1 + writer * saves + save},w${writer}`)
    expect(rows).toEqual(wanted)
    const messages = (await all.log({ limit: 100_000 })).map(({ message }) => message)
    for (let writer = 0; writer < writers; writer++)
      for (let save = 0; save < saves; save++)
        expect(messages.filter((message) => message === `w${writer} saves ${save}`)).toHaveLength(1)
    expect(await all.actions()).toHaveLength(1 + writers * saves)
  } finally {
    pointAt(server.port)
    proxy.end()
    await bench.end()
  }
}

async function saveAll(bench: Bench, database: Database, writer: number, saves: number): Promise<void> {
  for (let save = 0; save < saves; save++) {
    const file = bench.file(`id,by\n${1 + writer * saves + save},w${writer}\n`)
    await database.save('rows', file, { mode: 'append', message: `w${writer} saves ${save}`, remote: 'origin' })
  }
}

/** Numbers from 0 up to 1 that are the same for each run (mulberry32). */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
