import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { open } from '../../dist/index.js'

const folder = mkdtempSync(join(tmpdir(), 'doltflow-streams-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

// Fault: a stream that fails before it is read or written had no listener, and Node ended the process.
describe('a stream that fails before the first read or write', () => {
  const script = (call: string): string => `
    import { createReadStream, createWriteStream } from 'node:fs'
    import { open } from ${JSON.stringify(pathToFileURL('dist/index.js').href)}
    const db = await open(${JSON.stringify(join(folder, 's.db'))})
    await db.save('t', [{ id: 1 }], { key: 'id' })
    await ${call}.then(() => console.log('done'), (error) => console.log('caught', error.code))
    await db.close()
    console.log('goes on')`
  it.each([
    ['save', `db.save('u', createReadStream('/no/such.csv'), { key: 'id' })`],
    ['save of rows', `db.save('u', { rows: createReadStream('/no/such.csv') }, { key: 'id' })`],
    ['saveAll', `db.saveAll({ u: createReadStream('/no/such.csv') }, { key: 'id' })`],
    ['load', `db.load('t', createWriteStream('/no/such/folder.csv'))`],
  ])('rejects the %s, and the process goes on', (_, call) => {
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script(call)], { encoding: 'utf8' })
    expect(stdout).toBe('caught IO_FAILED\ngoes on\n')
  })
})

describe('a load to where something stands already', () => {
  // Fault: a file that standard output was redirected to was replaced, with all that was in it.
  it.each(['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'])('writes to %s where it stands', async (path) => {
    const url = join(folder, 'stdout.db')
    const db = await open(url)
    await db.save('t', [{ id: 1 }], { key: 'id' })
    await db.close()
    const script = `
      import { open } from ${JSON.stringify(pathToFileURL('dist/index.js').href)}
      const db = await open(${JSON.stringify(url)})
      await db.load('t', ${JSON.stringify(path)})
      await db.close()`
    const report = join(folder, 'report.txt')
    writeFileSync(join(folder, 'run.mjs'), script)
    const command = `(echo first; "${process.execPath}" "${join(folder, 'run.mjs')}"; echo last) > "${report}"`
    expect(spawnSync('sh', ['-c', command]).status).toBe(0)
    expect(readFileSync(report, 'utf8')).toBe('first\nid\n1\nlast\n')
  })
  it('follows a link to where nothing is yet', async () => {
    const db = await open(join(folder, 'link.db'))
    await db.save('t', [{ id: 1 }], { key: 'id' })
    const [link, target] = [join(folder, 'link.csv'), join(folder, 'target.csv')]
    symlinkSync('target.csv', link)
    await db.load('t', link)
    expect(readFileSync(target, 'utf8')).toBe('id\n1\n')
    await db.close()
  })
})
