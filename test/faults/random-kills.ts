import { join } from 'node:path'
import { expect } from 'vitest'
import { expectClean, folder, pause, random, rowsOf, start, using } from './kit.ts'

/** Kills streams of saves at seeded moments; after each kill every acknowledged row is there, whole, once, and recorded. */
export async function killStreams(kills: number, seed: number): Promise<void> {
  const next = random(seed)
  const db = join(folder(), 'x.db')
  await using(db, (database) => database.save('t', { rows: [{ k: 'first', v: '' }] }, { key: 'k' }))
  let acknowledged = new Set<string>()
  for (let kill = 0; kill < kills; kill += 2) {
    // Two streams at once: what one leaves, the other cleans up while it goes on.
    const writers = [`w${kill}`, `w${kill + 1}`]
    const streams = writers.map((writer) => start({ job: 'stream', db, table: 't', writer }))
    for (const stream of streams) {
      while (stream.lines.length === 0) await pause(5)
      await pause(next() * 150)
      stream.kill()
    }
    const ends = await Promise.all(streams.map((stream) => stream.ended))
    await using(db, async (database) => {
      const context = `seed ${seed}, kill ${kill}: ${ends.map(({ stderr }) => stderr).join()}`
      for (const { lines } of ends) for (const { id } of lines) acknowledged.add(id!)
      await database.save('other', { rows: [{ k: kill }] }, { key: 'k', mode: kill === 0 ? 'replace' : 'append' })
      const keys = (await rowsOf(database, 't'))!.map((row) => row.split(',')[0]!)
      expect(
        [...acknowledged].filter((key) => !keys.includes(key)),
        context,
      ).toEqual([])
      // What is there beyond the acknowledged: one save of each killed stream at most.
      expect(keys.length - 1 - acknowledged.size, context).toBeLessThanOrEqual(2)
      const recorded = (await database.actions({ table: 't' })).map(({ id }) => id)
      expect(
        keys.filter((key) => key !== 'first' && !recorded.includes(key)),
        context,
      ).toEqual([])
      expect(new Set(recorded).size, context).toBe(keys.length)
      await expectClean(database)
      acknowledged = new Set(keys.filter((key) => key !== 'first'))
    })
  }
}
