import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database, Progress } from '../../../dist/index.js'
import { Bench, collect, refusal, type EngineUnderTest } from '../bench.ts'

export function stopContract(engine: EngineUnderTest): void {
  describe('progress and stopping', () => {
    const bench = new Bench(engine)
    const many = `id,a\n${Array.from({ length: 200_000 }, (_, index) => `${index},some text ${index}`).join('\n')}\n`
    let database: Database
    let large: string
    beforeAll(async () => {
      database = await bench.open()
      large = bench.file(many)
      await bench.save(database, 'foo', 'id,a\n1,x\n', { key: 'id' })
    })
    afterAll(() => bench.end())
    const state = async () => [
      await database.branches({ all: true }),
      await database.log(),
      await bench.text(database, 'foo'),
    ]

    test('a save and a load tell how far they are', async () => {
      const seen: Progress[] = []
      await database.save('big', large, { key: 'id', onProgress: (progress) => seen.push(progress) })
      expect(seen.length).toBeGreaterThan(0)
      expect(seen.some(({ totalBytes }) => totalBytes === many.length)).toBe(true)
      const loaded: Progress[] = []
      await database.load('big', bench.path(), { onProgress: (progress) => loaded.push(progress) })
      expect(loaded.at(-1)).toMatchObject({ rows: 200_000 })
      expect(loaded.map(({ bytes }) => bytes)).toEqual(loaded.map(({ bytes }) => bytes).toSorted((a, b) => a - b))
    })
    test('a progress callback that throws stops the call, not the process', async () => {
      const before = await state()
      const onProgress = () => {
        throw new Error('the callback broke')
      }
      await expect(database.save('foo', large, { onProgress })).rejects.toThrow('the callback broke')
      await expect(database.load('big', bench.path(), { onProgress })).rejects.toThrow('the callback broke')
      expect(await state()).toEqual(before)
    })
    test('a signal that is aborted already', async () => {
      const before = await state()
      const signal = AbortSignal.abort()
      expect(await refusal(database.save('foo', large, { signal }))).toMatchObject({ code: 'ABORTED', retryable: true })
      expect((await refusal(database.load('foo', bench.path(), { signal }))).code).toBe('ABORTED')
      const reading = await refusal(collect(database.rows('foo', { signal })))
      // Engines know an abort by its name, and tell its reason.
      expect(reading).toMatchObject({ code: 'ABORTED', name: 'AbortError', cause: signal.reason })
      expect(await state()).toEqual(before)
    })
    test.for([1, 30, 80, 150, 250, 400, 600])(
      'a save aborted after %d ms leaves all as it was, or is done',
      async (delay) => {
        const before = await state()
        const stop = new AbortController()
        const work = database.save('foo', large, { signal: stop.signal }).then(
          () => 'done',
          (error: unknown) => (error as { code: string }).code,
        )
        await setTimeout(delay)
        stop.abort()
        const outcome = await work
        if (outcome === 'done') await bench.save(database, 'foo', 'id,a\n1,x\n')
        else {
          expect(outcome).toBe('ABORTED')
          expect(await state()).toEqual(before)
        }
      },
    )
    test('aborted while its stream is silent', { timeout: 5000 }, async () => {
      const before = await state()
      const stop = new AbortController()
      let begun = (): void => {}
      const reading = new Promise<void>((resolve) => (begun = resolve))
      const silent = new Readable({ read: () => begun() })
      silent.push('id,a\n1,y\n')
      const work = refusal(database.save('foo', silent, { signal: stop.signal }))
      await reading
      await setTimeout(50)
      stop.abort(new Error('the step was cancelled'))
      expect(await work).toMatchObject({
        code: 'ABORTED',
        name: 'AbortError',
        cause: new Error('the step was cancelled'),
      })
      expect(silent.destroyed).toBe(true)
      const rows = (async function* () {
        yield { id: 1, a: 'y' }
        await new Promise(() => {})
      })()
      expect((await refusal(database.save('foo', { rows }, { signal: AbortSignal.timeout(50) }))).code).toBe('ABORTED')
      expect(await state()).toEqual(before)
    })
    test('aborted while a load writes: the file is as it was', async () => {
      const path = bench.file('old')
      const stop = new AbortController()
      const onProgress = () => stop.abort()
      expect((await refusal(database.load('big', path, { signal: stop.signal, onProgress }))).code).toBe('ABORTED')
      expect((await collect(createReadStream(path, 'utf8'))).join('')).toBe('old')
    })
    test('after close every call says so', async () => {
      const closed = await bench.open(database.location)
      await closed.close()
      await closed.close()
      expect(await refusal(closed.log())).toMatchObject({ code: 'CLOSED', retryable: true })
      expect((await refusal(closed.rows('foo'))).code).toBe('CLOSED')
    })
  })
}
