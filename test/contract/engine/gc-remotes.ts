import { afterAll, describe, expect, test } from 'vitest'
import { clone } from '../../../dist/index.js'
import { Bench, type EngineUnderTest } from '../bench.ts'

export function gcRemotesContract(engine: EngineUnderTest): void {
  describe('gc and remotes', () => {
    const bench = new Bench(engine)
    afterAll(() => bench.end())

    test('a push goes on from what the remote has, and all records are everywhere', async () => {
      const remote = bench.remoteUrl()
      const one = await bench.open()
      await bench.save(one, 'foo', 'id,a\n1,x\n', { key: 'id', remote })
      const url = bench.url()
      await clone(remote, url)
      const two = await bench.open(url)
      const append = (database: typeof one, id: number) =>
        bench.save(database, 'foo', `id,a\n${id},n\n`, { mode: 'append' })
      for (const id of [3, 4, 5]) await append(one, id)
      await one.push()
      await two.pull()
      for (const id of [6, 7, 8]) await append(one, id)
      const there = await one.actions()
      await one.gc()
      expect(await one.actions()).toEqual(there)
      await append(two, 9)
      await two.gc()
      expect((await one.push()).branches).toEqual(['main'])
      await two.pull()
      await two.gc()
      await two.push()
      await one.pull()
      expect(await one.actions()).toEqual(await two.actions())
      expect(await one.actions()).toHaveLength(there.length + 1)
      expect(await (await bench.open(two.location)).actions()).toEqual(await two.actions())
    })
  })
}
