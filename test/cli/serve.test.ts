import { channel } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { PARAMETERS } from '../../dist/verbs/arguments/parameters.js'
import { missingDolt } from '../engines/dolt-server.ts'
import { Folder } from './cli.ts'
import { ServedProcess } from './serve-client.ts'

const folder = new Folder()
folder.write('foo.csv', 'a,b\n1,x\n2,y\n')
afterAll(() => folder.remove())

const served: ServedProcess[] = []
afterEach(async () => {
  for (const one of served.splice(0)) {
    one.process.kill('SIGKILL')
    await one.ended
  }
})
function serve(words: readonly string[] = [], env: Record<string, string> = {}): ServedProcess {
  const one = new ServedProcess(folder.path, words, env)
  served.push(one)
  return one
}

/** Requests, each a line, to a server in this process; gives its lines. */
async function exchange(requests: readonly (object | string)[], words: readonly string[] = []): Promise<any[]> {
  const stdin = requests.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\n')
  const { out } = await folder.run(['serve', '--stdio', ...words], { stdin })
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

const inFolder = (name: string): string => join(folder.path, name)
const missing = missingDolt()
const engines = [join(folder.path, 'one.db'), ...(missing === undefined ? [`dolt:${join(folder.path, 'one')}`] : [])]

describe('serve --stdio', () => {
  it('says what it wants without --stdio', async () => {
    const { code, err } = await folder.run(['serve'])
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('serve --stdio') })
  })

  it('has every verb of the library, under its own name', async () => {
    const verbs = Object.keys(PARAMETERS)
    const answers = await exchange([
      ...verbs.map((verb) => ({ id: verb, verb, params: { nonsense: 1 } })),
      { id: 'none', verb: 'tabels' },
    ])
    const told = new Map(answers.map(({ id, error }) => [id, error]))
    expect(told.get('none')).toMatchObject({ code: 'USAGE', message: expect.stringContaining('Did you mean tables?') })
    for (const verb of verbs.filter((one) => one !== 'open'))
      expect(told.get(verb), verb).toMatchObject({ code: 'USAGE', data: { verb, argument: 'nonsense' } })
  })

  it.each(engines)('saves, loads, streams and diffs on %s', { timeout: 60_000 }, async (url) => {
    const client = serve()
    expect(await client.greeting).toMatchObject({ protocol: 1, doltflow: expect.stringMatching(/^\d/) })
    const { db } = await client.call('open', { url, options: { run: 'night', author: 'A <a@b.c>' } })
    const source = { table: 'foo', source: 'foo.csv', options: { key: 'a', source: 'kedro:foo' } }
    const action = await client.call('save', source, db)
    expect(action).toMatchObject({ added: 2, file: 'kedro:foo', run: 'night', author: 'A <a@b.c>' })
    const edit = { table: 'foo', source: [{ a: 2, b: { $integer: '9007199254740993' } }], options: { mode: 'upsert' } }
    await client.call('save', edit, db)
    const { stream } = await client.call('rows', { what: 'foo', options: { as: 'batches' } }, db)
    const part = await client.call('next', { stream }, db)
    // JSON.parse rounds the number; its digits are those that were saved.
    expect(part).toMatchObject({
      done: true,
      values: [
        {
          columns: ['a', 'b'],
          rows: [
            [1, 'x'],
            [2, 9007199254740992],
          ],
        },
      ],
    })
    expect((await client.ask('next', { stream }, db)).error).toMatchObject({ code: 'USAGE' })
    const diff = await client.call('diff', { table: 'foo', from: 'HEAD~1', to: 'HEAD' }, db)
    const { values } = await client.call('next', diff, db)
    expect(values).toMatchObject([{ kind: 'modified', key: { a: 2 }, before: { b: 'y' } }])
    expect(
      await client.call('load', { what: 'foo', target: 'got.csv', options: { target: 'kedro:got' } }, db),
    ).toMatchObject({ file: 'kedro:got', rows: 2 })
    expect(readFileSync(join(folder.path, 'got.csv'), 'utf8')).toBe('a,b\n1,x\n2,9007199254740993\n')
    await client.call('close', {}, db)
    expect((await client.ask('tables', {}, db)).error).toMatchObject({ code: 'CLOSED' })
    expect(await client.end()).toBe(0)
  })

  it('tells an error as the command line does, in Python’s words', async () => {
    await folder.ok('init --db errors.db')
    const { err } = await folder.run(['load', 'nope', 'x.csv', '--db', 'errors.db', '--json'])
    const [, answer] = await exchange(
      [{ id: 1, verb: 'load', params: { what: 'nope', target: 'x.csv' } }],
      ['--db', 'errors.db'],
    )
    const { kind, message, ...error } = answer.error
    const { error: told } = JSON.parse(err)
    expect({ ...error, message: told.message }).toEqual(told)
    // Each in its own words.
    expect(told.message).toMatch(/See: doltflow tables --at \w+$/)
    expect(message).toBe(told.message.replace(/doltflow tables --at (\w+)$/, "db.tables(at='$1')"))
    expect(kind).toBe('NotFoundError')
  })

  it('answers what is no request, and goes on', async () => {
    const [, ...answers] = await exchange(
      [
        'nonsense',
        { verb: 'tables' },
        { id: 3, verb: 'tables', params: [] },
        { id: 4, verb: 'tables', db: 77 },
        { id: 5, verb: 'init' },
      ],
      ['--db', 'lines.db'],
    )
    expect(answers.map(({ id, error }) => [id, error?.code])).toEqual(
      expect.arrayContaining([
        [null, 'USAGE'],
        [null, 'USAGE'],
        [3, 'USAGE'],
        [4, 'CLOSED'],
        [5, undefined],
      ]),
    )
    expect(answers).toHaveLength(5)
  })

  it('reports progress, and stops a call that is cancelled', { timeout: 60_000 }, async () => {
    const rows = Array.from({ length: 400_000 }, (_, index) => `${index},some text ${index % 77}`)
    folder.write('big.csv', `a,b\n${rows.join('\n')}\n`)
    const client = serve(['--db', 'big.db'])
    const save = (): Promise<any> & { id: number } =>
      client.ask('save', { table: 'big', source: 'big.csv', options: { key: 'a', onProgress: true } })
    const first = save()
    expect(await client.call('cancel', { call: first.id })).toBe(true)
    expect((await first).error).toMatchObject({ code: 'ABORTED', retryable: true })
    await client.call('init')
    expect(await client.call('tables')).toEqual([])
    const { result, progress } = await save()
    expect(result).toMatchObject({ added: 400_000 })
    expect(progress.at(-1)).toMatchObject({ rows: expect.any(Number), bytes: expect.any(Number) })
    expect(await client.call('cancel', { call: 99 })).toBe(false)
    // A stream that is left open doesn't keep its database from closing.
    await client.call('rows', { what: 'big', options: { as: 'batches' } })
    expect(await client.end()).toBe(0)
  })

  it('reads and writes files of its client in its own process', async () => {
    await folder.ok('init --db formats.db')
    const made: unknown[] = []
    const formats = ['arrow', 'parquet', 'jsonl', 'xlsx']
    const count = (message: unknown): void => void made.push(message)
    channel('child_process').subscribe(count)
    try {
      const calls = formats.flatMap((format) => [
        {
          id: `load ${format}`,
          verb: 'load',
          params: { what: 'foo', target: inFolder(`foo.${format}`), options: { inProcess: true } },
        },
        {
          id: `save ${format}`,
          verb: 'save',
          params: { table: format, source: inFolder(`foo.${format}`), options: { key: 'a', inProcess: true } },
        },
      ])
      // A call may overtake another: each is a server of its own.
      for (const call of [
        { id: 0, verb: 'save', params: { table: 'foo', source: inFolder('foo.csv'), options: { key: 'a' } } },
        ...calls,
      ])
        expect((await exchange([call], ['--db', 'formats.db']))[1]).toMatchObject({ id: call.id, result: { rows: 2 } })
      // Each server asks Git who the author is.
      const git = made.length
      await exchange([{ ...calls[0]!, params: { what: 'foo', target: inFolder('foo.arrow') } }], ['--db', 'formats.db'])
      expect({ git, all: made.length }).toEqual({ git: calls.length + 1, all: git + 2 })
    } finally {
      channel('child_process').unsubscribe(count)
    }
    const csv = async (table: string): Promise<string> => (await folder.ok(`load ${table} - --db formats.db`)).out
    for (const format of formats) expect(await csv(format), format).toBe('a,b\n1,x\n2,y\n')
    folder.write('bad.parquet', 'PAR1 nonsense PAR1')
    const bad = {
      id: 1,
      verb: 'save',
      params: { table: 'bad', source: inFolder('bad.parquet'), options: { inProcess: true } },
    }
    expect((await exchange([bad], ['--db', 'formats.db']))[1].error).toMatchObject({ code: 'FORMAT_INVALID' })
  })

  it.each(engines)(
    'lets two servers and command lines save into %s side by side',
    { timeout: 120_000 },
    async (url) => {
      const env = { DOLTFLOW_DB: url }
      const clients = [serve([], env), serve([], env)]
      const saves = 8
      const row = (who: string, index: number): object => ({ a: `${who}${index}`, b: 'x' })
      await clients[0]!.call('save', { table: 'shared', source: [row('first', 0)], options: { key: 'a' } })
      const append = (index: number, client: number): Promise<any> =>
        clients[client]!.call('save', {
          table: 'shared',
          source: [row(`c${client}`, index)],
          options: { mode: 'append' },
        })
      await Promise.all([
        ...clients.map(async (_, client) => {
          for (let index = 0; index < saves; index++) await append(index, client)
        }),
        (async () => {
          for (let index = 0; index < 3; index++)
            await folder.ok('save shared - --mode append', { env, stdin: `a,b\ncli${index},x\n` })
        })(),
      ])
      // Both still run, and hold no lock.
      expect((await folder.ok('log shared --json', { env })).json.commits.length).toBeGreaterThanOrEqual(2 * saves + 4)
      expect(await clients[1]!.call('rowCount', { table: 'shared' })).toBe(1 + 2 * saves + 3)
      expect(await Promise.all(clients.map((client) => client.end()))).toEqual([0, 0])
    },
  )

  it('ends what runs before it ends, and leaves nothing behind', { timeout: 60_000 }, async () => {
    const client = serve(['--db', 'end.db'])
    await client.greeting
    const save = client.ask('save', { table: 'foo', source: 'foo.csv', options: { key: 'a' } })
    expect(await client.end()).toBe(0)
    expect((await save).result).toMatchObject({ added: 2 })
    const killed = serve(['--db', 'end.db'])
    await killed.call('tables')
    killed.process.kill('SIGTERM')
    const [code] = await once(killed.process, 'exit')
    expect(code).toBe(128 + 15)
    expect((await folder.ok('save foo foo.csv --db end.db')).out).toContain('unchanged')
    expect(existsSync(join(folder.path, 'end.db'))).toBe(true)
    expect(readdirSync(folder.path).filter((name) => name.includes('.doltflow-'))).toEqual([])
  })
})
