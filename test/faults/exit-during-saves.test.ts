import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { open } from '../../dist/index.js'

/*
 * Fault: a process that called `process.exit()` while saves ran ended with 134 and a native stack, in 6 of 40 tries: its threads were
 * within a call of the engine.
 */

const folder = mkdtempSync(join(tmpdir(), 'doltflow-exit-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const PROGRAM = `
import { open } from ${JSON.stringify(pathToFileURL(resolve('dist/index.js')).href)}
const [path, delay] = process.argv.slice(1)
const db = await open(path)
const rows = Array.from({ length: 2000 }, (_, id) => ({ id, v: 'x' + id }))
for (let n = 0; n < 8; n++) db.save('t' + n, rows, { key: 'id' }).catch(() => {})
setTimeout(() => process.exit(7), Number(delay))`

it(
  'process.exit() while saves run ends with its status, and nothing is left half-done',
  { timeout: 120_000 },
  async () => {
    const path = join(folder, 'p.db')
    for (let delay = 0; delay < 480; delay += 16) {
      const words = ['--input-type=module', '-e', PROGRAM, path, String(delay)]
      const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
      expect({ delay, status, stderr }).toEqual({ delay, status: 7, stderr: '' })
    }
    const db = await open(path)
    for (const { rows } of await db.tables()) expect(rows).toBe(2000)
    await db.save('after', [{ id: 1 }], { key: 'id' })
    expect((await db.branches({ all: true })).map(({ name }) => name).toSorted()).toEqual(['doltflow', 'main'])
    await db.close()
  },
)
