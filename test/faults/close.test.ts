import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { open, type Database } from '../../dist/index.js'

// Fault: a close while a save ran ended it with ENGINE_FAILED "try again", or with an error without a code.
describe('close', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doltflow-close-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  let count = 0
  const opened = (): Promise<Database> => open(join(folder, `${++count}.db`))
  const rows = Array.from({ length: 2000 }, (_, id) => ({ id, v: `value ${id}` }))

  it('waits for saves, loads and iterations that run', async () => {
    for (const delay of [0, 1, 5, 20, 60]) {
      const database = await opened()
      const saving = database.save('t', rows, { key: 'id' })
      await new Promise((resolve) => setTimeout(resolve, delay))
      await database.close()
      expect((await saving).rows).toBe(2000)
      const again = await open(database.location)
      let read = 0
      const closing: Promise<void>[] = []
      for await (const batch of again.rows('t', { as: 'batches' })) {
        closing.push(again.close())
        read += batch.rows.length
      }
      await Promise.all(closing)
      expect(read).toBe(2000)
    }
  })
  it('with abort ends what runs with a code, and the target is as it was', async () => {
    const database = await opened()
    await database.save('t', [{ id: 1, v: 'old' }], { key: 'id' })
    const silent = (async function* () {
      yield { id: 2, v: 'new' }
      await new Promise(() => {})
    })()
    const saving = database.save('t', silent).catch((error: unknown) => error)
    const iterator = database.rows('t')
    await new Promise((resolve) => setTimeout(resolve, 100))
    await database.close({ abort: true })
    expect(await saving).toMatchObject({ code: 'ABORTED' })
    await iterator.return()
    const again = await open(database.location)
    expect(await again.rowCount('t')).toBe(1)
    await again.close()
  })
  it('is not held up by a sink that never answers, if it aborts', async () => {
    const database = await opened()
    void database.save('t', [{ id: 1 }], { key: 'id', meta: () => new Promise(() => {}) }).catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 300))
    await database.close({ abort: true })
    await expect(database.log()).rejects.toMatchObject({ code: 'CLOSED', retryable: true })
  })
  it('twice is once', async () => {
    const database = await opened()
    await Promise.all([database.close(), database.close()])
    await database.close()
  })
  it('a callback that throws aborts the call, with what it threw as the cause', async () => {
    const database = await opened()
    const thrown = new Error('enough')
    const onProgress = (): never => {
      throw thrown
    }
    const many = Array.from({ length: 200_000 }, (_, id) => ({ id }))
    await expect(database.save('t', many, { key: 'id', onProgress })).rejects.toMatchObject({
      code: 'ABORTED',
      cause: thrown,
    })
    await database.close()
  })
})
