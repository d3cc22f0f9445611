import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { open } from '../../dist/index.js'

/* A handle has the number of the table's rows: the embedded engine knows it without reading them. */

/** Counts, and appends, in a process of its own, whose bytes the kernel counts. */
const PROGRAM = `
import { readFileSync } from 'node:fs'
import { open } from ${JSON.stringify(join(import.meta.dirname, '../../dist/index.js'))}
const read = () => Number(/^rchar: (\\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))[1])
const db = await open(process.argv[1])
await db.rowCount('small')
const before = read()
await db.rowCount('large')
const counted = read()
const { handle } = await db.save('large', [{ id: 'z', text: 'new' }], { mode: 'append' })
await db.close()
console.log(JSON.stringify({ count: counted - before, rows: handle.rows }))
`
const ROWS = 100_000

describe.runIf(process.platform === 'linux')('the number of rows in a handle', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doltflow-rows-'))
  const path = join(folder, 'x.db')
  beforeAll(async () => {
    const db = await open(path)
    await db.save('small', [{ id: 'a' }], { key: 'id' })
    const rows = Array.from({ length: ROWS }, (_, n) => ({ id: `k${n}`, text: `${(n * 7919) % 100_003} of these` }))
    await db.save('large', rows, { key: 'id' })
    await db.close()
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('is known after an append without a scan of the table', () => {
    const size = statSync(path).size
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', PROGRAM, path], { encoding: 'utf8' })
    const { count, rows } = JSON.parse(said) as { count: number; rows: number }
    expect(rows).toBe(ROWS + 1)
    expect(size).toBeGreaterThan(3_000_000)
    expect(count).toBeLessThan(64 * 1024)
  })
})
