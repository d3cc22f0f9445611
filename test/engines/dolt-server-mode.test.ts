import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { open, type Database, type DoltflowError, type Value } from '../../dist/index.js'
import { dolt, startServer, type TestServer } from './dolt-server.ts'

const program = dolt()
describe.skipIf(program === undefined)('the Dolt engine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doltflow-test-'))
  let server: TestServer
  let count = 0
  const file = (text: string): string => {
    const path = join(folder, `file${++count}.csv`)
    writeFileSync(path, text)
    return path
  }
  const text = async (database: Database, table: string, options = {}): Promise<string> => {
    const path = join(folder, `out${++count}.csv`)
    await database.load(table, path, options)
    return readFileSync(path, 'utf8')
  }
  const refusal = (work: Promise<unknown>): Promise<DoltflowError> =>
    work.then(
      () => {
        throw new Error('it was not refused')
      },
      (error: unknown) => error as DoltflowError,
    )

  beforeAll(async () => {
    process.env['DOLTFLOW_DOLT'] = program!
    process.env['DOLTFLOW_SERVER_LINGER'] = '1'
    server = await startServer()
  })
  afterAll(async () => {
    await server.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  describe('cells', () => {
    const ROWS = [
      'id,n,r,d,t,mixed',
      '1,5,0.1,0.50,plain,7',
      '2,-9223372036854775808,10.357019999999999,12.00,"a,""b""",007',
      '3,9007199254740993,3,1.10,"line\nbreak\r\n\ttab\\N \\ back",1e5',
      '4,,,,"",NULL',
      '5,0,-0.5,0.05,NULL,\\N',
      '6,1,2.25,7.77,ünïcödé 😀 \uFFFF,9223372036854775808',
    ]
    test.for([1, 0])('come back byte for byte (local_infile=%d)', async (localInfile) => {
      const other = await startServer({ system_variables: { local_infile: localInfile } })
      try {
        const database = await open(other.url('cells'))
        const source = `${ROWS.join('\n')}\n`
        await database.save('t', file(source), { key: 'id' })
        expect(await text(database, 't')).toBe(source)
        expect((await database.save('t', file(source))).changed).toBe(false)
        const twice = `${[...ROWS, ...ROWS.slice(1)].join('\n')}\n`
        await database.save('bare', file(source), { key: null })
        expect(await database.save('bare', file(twice))).toMatchObject({ added: ROWS.length - 1, removed: 0 })
        expect(await text(database, 'bare')).toBe(twice)
        await database.close()
      } finally {
        await other.remove()
      }
    })
    test('columns widen, and every version keeps its cells', async () => {
      const database = await open(server.url('widen'))
      const versions = [
        'id,a,b\n1,5,1.5\n2,6,2\n',
        'id,a,b\n1,5.5,1.5\n2,6,2\n',
        `id,a,b\n1,x,1.50\n2,6,${'y'.repeat(300)}\n`,
        'id,a,b\n1,7,1\n2,8,2\n',
      ]
      const commits: string[] = []
      for (const version of versions) commits.push((await database.save('t', file(version), { key: 'id' })).toCommit!)
      for (const [index, at] of commits.entries()) expect(await text(database, 't', { at })).toBe(versions[index])
      await database.close()
    })
    test('a query of an earlier commit sees the rows of that, also of a table without a key', async () => {
      const database = await open(server.url('as-of'))
      await database.save('t', file('a,b\nx,1\nx,1\n'), { key: null })
      await database.save('t', file('a,b\ny,2\n'), { mode: 'append' })
      const rows: Value[][] = []
      const sql = 'SELECT a, count(*) AS n FROM t GROUP BY a'
      for await (const batch of database.rows({ sql }, { at: 'HEAD~1', as: 'batches' })) rows.push(...batch.rows)
      expect(rows).toEqual([['x', 2]])
      for (const words of ['AS OF', 'as\nof', 'as /* - */ of', 'AS--\nOF']) {
        const refused = database.rows({ sql: `SELECT a FROM t ${words} 'HEAD~1'` }).next()
        await expect(refused).rejects.toMatchObject({ code: 'SQL_FAILED', data: { words: /^AS OF/ } })
      }
      await database.close()
    })
    test('two branches that widened a column in other ways merge, cell by cell', async () => {
      const database = await open(server.url('widen-merge'))
      const base = await database.save('t', file('id,a,b\n1,1,x\n2,2,y\n3,3,z\n'), { key: 'id' })
      await database.save('t', file('id,a,b\n1,1.5,x\n2,2,y\n3,3,z\n'))
      const merged = await database.save('t', file('id,a,b\n1,1,X\n2,007,y\n4,4,n\n'), {
        branch: { from: base.toCommit!, mergeTo: 'main' },
      })
      expect(merged.merged).toBe(true)
      expect(await text(database, 't')).toBe('id,a,b\n1,1.5,X\n2,007,y\n4,4,n\n')
      expect(await text(database, 't', { at: merged.fileCommit! })).toBe('id,a,b\n1,1,X\n2,007,y\n4,4,n\n')
      expect((await database.branches({ all: true })).map(({ name }) => name).toSorted()).toEqual(['doltflow', 'main'])
      await database.close()
    })
    test('parallel first saves of other types and another order land', async () => {
      const url = server.url('first')
      const sources = ['id,a,b\n1,1,x\n', 'b,a,id\ny,q,2\n', 'id,b,a\nz,3,0.50\n']
      await Promise.all(
        sources.map(async (source) => {
          const database = await open(url)
          await database.save('t', file(source), { key: 'id' })
          await database.close()
        }),
      )
      const database = await open(url)
      const rows: unknown[][] = []
      for await (const batch of database.rows({ sql: 'SELECT id, a, b FROM t ORDER BY id' }, { as: 'batches' }))
        rows.push(...batch.rows)
      expect(rows).toEqual([
        [1, 1, 'x'],
        [2, 'q', 'y'],
        ['z', '0.50', 3],
      ])
      await database.close()
    })
  })

  describe('refusals', () => {
    test('keys over 3,072 bytes, names that Dolt can not hold', async () => {
      const database = await open(server.url('refusals'))
      const long = await refusal(database.save('t', file(`id\n${'é'.repeat(1537)}\n`), { key: 'id' }))
      expect(long).toMatchObject({ code: 'KEY_TOO_LONG', data: { bytes: 3074 } })
      await database.save('t', file(`id\n${'é'.repeat(1536)}\n`), { key: 'id' })
      expect((await refusal(database.save('u', file('id,trailing \n1,2\n'), { key: 'id' }))).code).toBe('NAME_REFUSED')
      expect((await refusal(database.save('😀', file('id\n1\n'), { key: 'id' }))).code).toBe('NAME_REFUSED')
      expect((await refusal(open(`dolt:${folder}/50%`))).code).toBe('URL_INVALID')
      await database.close()
    })
    test('a wrong password, and no server: the password is never shown', async () => {
      const wrong = await refusal(open(server.url('x').replace(/root:[^@]*/, 'root:wr0ng-s3cret')))
      const absent = await refusal(open('mysql://root:wr0ng-s3cret@127.0.0.1:1/x'))
      expect([wrong.code, absent.code]).toEqual(['ACCESS_DENIED', 'SERVER_UNREACHABLE'])
      for (const error of [wrong, absent]) expect(JSON.stringify(error) + error.stack).not.toContain('wr0ng-s3cret')
    })
    test('no dolt on PATH: how to install it', async () => {
      const path = process.env['DOLTFLOW_DOLT']
      process.env['DOLTFLOW_DOLT'] = join(folder, 'no-dolt')
      const database = await open(`dolt:${join(folder, 'nothing')}`)
      const error = await refusal(database.save('t', file('id\n1\n'), { key: 'id' }))
      process.env['DOLTFLOW_DOLT'] = path
      expect(error.code).toBe('ENGINE_UNAVAILABLE')
      expect(error.message).toContain('github.com/dolthub/dolt')
      await database.close()
    })
  })

  test('TLS: a server that asks for it, by its certificate', async () => {
    const at = (name: string): string => join(folder, name)
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject]
    execFileSync('openssl', [...request, '-keyout', at('key.pem'), '-out', at('cert.pem')], { stdio: 'ignore' })
    const tls = { tls_key: at('key.pem'), tls_cert: at('cert.pem'), require_secure_transport: true }
    const secure = await startServer({ listener: tls })
    try {
      const url = secure.url('secret')
      const verified = await open(`${url}?tls=verify&tlsCa=${encodeURIComponent(at('cert.pem'))}`)
      await verified.save('t', file('id\n1\n'), { key: 'id' })
      expect(await text(verified, 't')).toBe('id\n1\n')
      await verified.close()
      const option = await open(url, { tls: { mode: 'unverified' } })
      expect(await text(option, 't')).toBe('id\n1\n')
      await option.close()
      // Its certificate is its own; and nothing goes out without TLS.
      for (const refused of [`${url}?tls=verify`, url])
        expect((await refusal(open(refused))).code).toMatch(/^(SERVER_UNREACHABLE|ACCESS_DENIED|ENGINE_FAILED)$/)
    } finally {
      await secure.remove()
    }
  })

  describe('a local database', () => {
    test('its server ends by itself when its last user was killed', { timeout: 60_000 }, async () => {
      const path = join(folder, 'local')
      const script = `import { open } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)}
        const database = await open(${JSON.stringify(`dolt:${path}`)})
        await database.save('t', { rows: [{ id: 1 }] }, { key: 'id' })
        console.log('saved')
        setInterval(() => {}, 1000)`
      const user = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await new Promise((resolve) => user.stdout.once('data', resolve))
      const info = join(path, '.dolt', 'sql-server.info')
      const pid = Number(readFileSync(info, 'utf8').split(':')[0])
      const second = await open(`dolt:${path}`)
      expect(await text(second, 't')).toBe('id\n1\n')
      expect(Number(readFileSync(info, 'utf8').split(':')[0])).toBe(pid)
      await second.close()
      user.kill('SIGKILL')
      await expect.poll(() => isRunning(pid), { timeout: 20_000 }).toBe(false)
    })
  })
})

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
