import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { createConnection } from 'mysql2/promise'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { doltRemoteUrl } from '../../dist/engines/dolt/remotes/url.js'
import { clone, open, type Database } from '../../dist/index.js'
import { freePort } from '../../dist/system/free-port.js'
import { pythonWithPackages } from '../interop/python.ts'
import { missingDolt, startServer, type TestServer } from './dolt-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'doltflow-test-'))
// Dolt's own server can't decode one whose base64 has + or /.
const PASSWORD = 'geheim-remote'
const opened: Database[] = []
let count = 0
const database = async (url: string): Promise<Database> => {
  opened.push(await open(url))
  return opened.at(-1)!
}
const local = (): string => `dolt:${join(folder, `local${++count}`)}`
const file = (text: string): string => {
  const path = join(folder, `file${++count}.csv`)
  writeFileSync(path, text)
  return path
}
const text = async (from: Database, table: string): Promise<string> => {
  const path = join(folder, `out${++count}.csv`)
  await from.load(table, path)
  return readFileSync(path, 'utf8')
}
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: { code: string }) => error.code,
  )
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
  vi.unstubAllEnvs()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the names of remotes', () => {
  test.for([
    [
      'https://www.dolthub.com/repositories/max-hoffman/state-age',
      'https://doltremoteapi.dolthub.com/max-hoffman/state-age',
    ],
    ['https://www.dolthub.com/max-hoffman/state-age', 'https://doltremoteapi.dolthub.com/max-hoffman/state-age'],
    ['max-hoffman/state-age', 'https://doltremoteapi.dolthub.com/max-hoffman/state-age'],
    ['https://doltremoteapi.dolthub.com/o/d', 'https://doltremoteapi.dolthub.com/o/d'],
    ['https://doltlab.example:50051/o/d', 'https://doltlab.example:50051/o/d'],
    ['http://127.0.0.1:8000/db', 'http://127.0.0.1:8000/db'],
    ['aws://[table:bucket]/path/db', 'aws://[table:bucket]/path/db'],
    ['file:///tmp/a%20b', 'file:///tmp/a b'],
  ] as const)('%s', ([given, kept]) => expect(doltRemoteUrl(given)).toBe(kept))
  test('one with a password, and one that is not spoken, are refused without showing it', () => {
    for (const given of [
      'https://me:secret@host/db',
      'aws://[me:secret@table:bucket]/db',
      'ftp://host/db',
      'nothing',
    ]) {
      expect(() => doltRemoteUrl(given)).toThrow(expect.objectContaining({ code: 'URL_INVALID' }))
      expect(() => doltRemoteUrl(given)).not.toThrow(/secret/)
    }
  })
})

describe.skipIf(missingDolt() !== undefined)('a host that speaks the protocol of DoltHub', () => {
  let server: TestServer
  let remote: string
  beforeAll(async () => {
    const port = await freePort()
    server = await startServer({ remotesapi: { port } })
    remote = `http://127.0.0.1:${port}/shared`
    const host = await database(server.url('shared'))
    await host.save('foo', file('id,a\n1,x\n2,y\n'), { key: 'id', run: 'first' })
    const root = await createConnection({
      host: '127.0.0.1',
      port: server.port,
      user: 'root',
      password: server.password,
    })
    await root.query(`CREATE USER 'sender' IDENTIFIED BY '${PASSWORD}'`)
    await root.query(`GRANT ALL ON *.* TO 'sender'`)
    await root.end()
  })
  afterAll(() => server?.remove())

  test('its user and password come from the environment, and stand nowhere', async () => {
    vi.stubEnv('DOLTFLOW_REMOTE_USER', 'sender')
    vi.stubEnv('DOLT_REMOTE_PASSWORD', PASSWORD)
    const [one, two] = [local(), local()]
    await clone(remote, one)
    await clone(remote, two)
    const [first, second] = [await database(one), await database(two)]
    expect(await first.remotes()).toEqual([{ name: 'origin', url: remote }])
    await first.save('foo', file('id,a\n3,one\n'), { mode: 'append', remote: 'origin', run: 'of one' })
    await second.save('foo', file('id,a\n4,two\n'), { mode: 'append', remote, run: 'of two' })
    await first.pull()
    const all = 'id,a\n1,x\n2,y\n3,one\n4,two\n'
    expect(await text(first, 'foo')).toBe(all)
    const host = await database(server.url('shared'))
    expect(await text(host, 'foo')).toBe(all)
    expect((await host.actions()).map(({ run }) => run)).toEqual(['first', 'of one', 'of two'])
    expect(JSON.stringify(await second.log())).not.toContain(PASSWORD)
  })
  test('a wrong password is refused, and the save is done here', async () => {
    vi.stubEnv('DOLTFLOW_REMOTE_USER', 'sender')
    vi.stubEnv('DOLT_REMOTE_PASSWORD', 'wrong')
    expect(await codeOf(clone(remote, local()))).toBe('REMOTE_REFUSED')
    const own = await database(local())
    const error = await own.save('foo', file('id\n1\n'), { key: 'id', remote }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'REMOTE_REFUSED', data: { action: { changed: true } } })
    expect(JSON.stringify(error)).not.toContain('wrong')
    expect(await text(own, 'foo')).toBe('id\n1\n')
  })
})

const python =
  missingDolt() === undefined
    ? pythonWithPackages(['moto[s3,dynamodb,server]==5.2.1'], 'doltflow-moto')
    : { missing: missingDolt()! }
if (python.missing !== undefined && process.env['CI']) throw new Error(python.missing)

describe.skipIf(python.missing !== undefined)(
  `S3 and DynamoDB${python.missing === undefined ? '' : `: ${python.missing}`}`,
  () => {
    const TABLE = 'dolt-table'
    const BUCKET = 'dolt-bucket'
    let moto: ChildProcess
    let endpoint: string
    beforeAll(async () => {
      const port = await freePort()
      endpoint = `http://127.0.0.1:${port}`
      const program = 'python' in python ? python.python : ''
      moto = spawn(program, ['-m', 'moto.server', '-p', String(port)], { stdio: 'ignore' })
      while (
        !(await fetch(endpoint).then(
          () => true,
          () => false,
        ))
      )
        await setTimeout(100)
      const sdk = {
        AWS_ENDPOINT_URL: endpoint,
        AWS_ACCESS_KEY_ID: 'a',
        AWS_SECRET_ACCESS_KEY: 's',
        AWS_REGION: 'us-east-1',
      }
      const make = `
import boto3
s = boto3.Session(region_name='us-east-1')
s.client('s3').create_bucket(Bucket='${BUCKET}')
s.client('dynamodb').create_table(TableName='${TABLE}', BillingMode='PAY_PER_REQUEST',
  KeySchema=[{'AttributeName': 'db', 'KeyType': 'HASH'}], AttributeDefinitions=[{'AttributeName': 'db', 'AttributeType': 'S'}])`
      const maker = spawn(program, ['-c', make], { env: { ...process.env, ...sdk }, stdio: 'inherit' })
      if ((await new Promise((resolve) => maker.once('exit', resolve))) !== 0) throw new Error('moto made no bucket')
    }, 120_000)
    afterAll(() => void moto?.kill('SIGKILL'))

    test('a save pulls before and pushes after; a clone has all', async () => {
      for (const [name, value] of Object.entries({
        AWS_ENDPOINT_URL: endpoint,
        AWS_ACCESS_KEY_ID: 'a',
        AWS_SECRET_ACCESS_KEY: 's',
        AWS_REGION: 'us-east-1',
      }))
        vi.stubEnv(name, value)
      const remote = `aws://[${TABLE}:${BUCKET}]/pipeline`
      const [one, two] = [local(), local()]
      const first = await database(one)
      await first.save('foo', file('id,a\n1,x\n'), { key: 'id', remote, run: 'first' })
      await clone(remote, two)
      const second = await database(two)
      await second.save('foo', file('id,a\n2,y\n'), { mode: 'append', remote: 'origin' })
      await first.save('foo', file('id,a\n3,z\n'), { mode: 'append', remote })
      expect(await text(first, 'foo')).toBe('id,a\n1,x\n2,y\n3,z\n')
      await second.pull()
      expect(await text(second, 'foo')).toBe(await text(first, 'foo'))
      expect((await second.actions()).length).toBe(3)
    })
  },
)
