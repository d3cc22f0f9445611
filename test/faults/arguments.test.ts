import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as doltflow from '../../dist/index.js'
import { Database, DoltflowError, open, type StepRecord } from '../../dist/index.js'
import { PARAMETERS } from '../../dist/verbs/arguments/parameters.js'

/** A method or function that is called with anything at all. */
type Loose = (...given: unknown[]) => unknown

const boom = (): never => {
  throw new Error('boom')
}
/** What a program may hand over by mistake, or by malice. */
const VALUES: Record<string, unknown> = {
  null: null,
  number: 42,
  'a negative number': -1,
  NaN: Number.NaN,
  bigint: 10n,
  boolean: true,
  'the empty text': '',
  text: 'zzz',
  'a long text': 'x'.repeat(100_000),
  NUL: 'a\0b',
  'half a character': '\ud800',
  'an empty list': [],
  'a list of numbers': [1],
  'a list of texts': ['a'],
  'an empty object': {},
  'an unknown option': { nosuch: 1 },
  'an invalid date': new Date(Number.NaN),
  'a Map': new Map([['a', 1]]),
  bytes: Uint8Array.of(1, 2),
  symbol: Symbol('s'),
  function: () => {},
  promise: Promise.resolve('t'),
  'no prototype': Object.create(null),
  'a proxy that throws': new Proxy({}, { get: boom, has: boom, ownKeys: boom, getPrototypeOf: boom }),
  'a getter that throws': {
    get rows() {
      return boom()
    },
  },
  'a web URL': new URL('http://x/y'),
  'a URL of another host': new URL('file://elsewhere/a.csv'),
}
const OPTIONS: Record<string, string[]> = {
  load: [
    'at',
    'branch',
    'format',
    'text',
    'sheet',
    'ifChanged',
    'meta',
    'remote',
    'signal',
    'onProgress',
    'run',
    'data',
  ],
  save: `key schema mode format text sheet types allowEmpty branch noMerge onConflict message meta remote dryRun signal onProgress id run step author data`.split(
    ' ',
  ),
  saveAll: ['tables'],
  rows: ['at', 'branch', 'signal'],
  log: ['at', 'branch', 'table', 'limit'],
  blame: ['key', 'at'],
  schema: ['at'],
  merge: ['into', 'onConflict', 'message'],
  restore: ['branch', 'message', 'onConflict'],
  open: ['branch', 'author', 'create', 'sinks', 'run', 'password', 'tls', 'remote'],
  copy: ['signal', 'onProgress'],
}

// Fault: of 4,212 wrong calls 729 ended with a TypeError of the inside, and some were silently accepted.
describe('whatever a call is given', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doltflow-arguments-'))
  const csv = join(folder, 'a.csv')
  let database: Database
  /** What each call is given if nothing is wrong. */
  const right = (call: string): unknown[] =>
    ({
      load: ['t', join(folder, 'o.csv')],
      loadAll: [join(folder, 'all')],
      save: ['t', csv],
      saveAll: [{ t: csv }],
      resolve: ['main'],
      show: ['main'],
      deleteBranch: ['b1'],
      createBranch: ['b2'],
      createTag: ['g2'],
      deleteTag: ['g1'],
      merge: ['b1'],
      restore: ['t', 'main'],
      revert: ['main'],
      addRemote: ['r', `file://${folder}/r.db`],
      removeRemote: ['r'],
      open: [join(folder, 'other.db')],
      clone: [`file://${folder}/nowhere.db`, join(folder, 'c.db')],
      copy: [join(folder, 'f.db'), join(folder, 'copied.db')],
      accept: [join(folder, 'f.db')],
    })[call] ?? (Object.keys(PARAMETERS[call as 'rows'].rules)[0] === 'options' ? [] : ['t'])

  const home = process.cwd()
  beforeAll(async () => {
    // A text may be a path.
    process.chdir(folder)
    writeFileSync(csv, 'id,v\n1,x\n2,y\n')
    database = await open(join(folder, 'f.db'))
    await database.save('t', csv, { key: 'id' })
    await database.createBranch('b1')
    await database.createTag('g1')
  })
  afterAll(async () => {
    await database.close()
    process.chdir(home)
    rmSync(folder, { recursive: true, force: true })
  })

  async function end(call: string, given: unknown[]): Promise<void> {
    const own = (doltflow as unknown as Record<string, Loose>)[call]
    const result = own ? own(...given) : (database as unknown as Record<string, Loose>)[call]!(...given)
    const found: unknown = await result
    // The next call of its name would wait for it.
    if (call === 'beginStep')
      await database.endStep((found as StepRecord).execution, { error: 'nothing was to be done' })
    if (found instanceof Database) await found.close()
    else if (typeof found === 'object' && found !== null && Symbol.asyncIterator in found)
      for await (const _ of found as AsyncIterable<unknown>);
  }

  /** Calls, and takes nothing but an answer or an error with a class and a known code. */
  async function expectCode(call: string, given: unknown[], what: string): Promise<void> {
    const error = await end(call, given).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    const isKnown = error === undefined || (error instanceof DoltflowError && error.code !== 'UNEXPECTED')
    expect(isKnown, `${call}, ${what}: ${String(error)}`).toBe(true)
  }

  const calls = Object.keys(PARAMETERS).filter((call) => !['gc', 'pull', 'push'].includes(call))
  it.each(calls)('%s ends with an answer or a code', async (call) => {
    const { rules } = PARAMETERS[call as 'rows']
    for (const [index, argument] of Object.keys(rules).entries())
      for (const [name, value] of Object.entries(VALUES)) {
        const given = [...right(call)]
        given[index] = value
        await expectCode(call, given, `${argument}: ${name}`)
      }
    const place = Object.keys(rules).indexOf('options')
    for (const option of OPTIONS[call] ?? [])
      for (const [name, value] of Object.entries(VALUES)) {
        const given = [...right(call)]
        given[place] = { [option]: value }
        await expectCode(call, given, `the option ${option}: ${name}`)
      }
  })

  it('every method of a database says what it takes', () => {
    const methods = Object.getOwnPropertyNames(Database.prototype).filter((name) => name !== 'constructor')
    const unknown = methods.filter(
      (name) => !(name in PARAMETERS) && !['close', 'location', 'name', 'defaultBranch'].includes(name),
    )
    expect(unknown).toEqual([])
  })

  it('an unknown option is refused at every depth, and nothing is done', async () => {
    const wrong: [string, unknown[], string][] = [
      ['load', ['m', join(folder, 'no.csv'), { ref: 'HEAD~1' }], 'ref'],
      ['save', ['t', csv, { keys: 'id' }], 'keys'],
      ['save', ['t', csv, { branch: { form: 'HEAD~3', mergeTo: 'main' } }], 'branch.form'],
      ['save', ['t', csv, { text: { delimeter: ';' } }], 'text.delimeter'],
      ['saveAll', [{ t: csv }, { tables: { t: { kye: 'id' } } }], 'tables.t.kye'],
      ['open', [join(folder, 'x.db'), { tls: { cacert: 'a' } }], 'tls.cacert'],
    ]
    for (const [call, given, path] of wrong)
      await expect(end(call, given)).rejects.toMatchObject({ code: 'OPTION_INVALID', data: { path } })
    await expect(end('save', ['t', csv, { dryRun: 'false' }])).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    await expect(end('log', [{ limit: -1 }])).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  })

  it('undefined options are as if they were left out', async () => {
    await end('save', ['t', csv, { key: undefined, branch: undefined, signal: undefined, text: undefined }])
    await end('log', [undefined])
  })
})
