import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { progressLine, timed } from '../../dist/cli/progress.js'
import { Folder, words } from './cli.js'

/* What a person sees: folded, cut and limited on a terminal; a pipe gets all, as it is. */

const ROWS = 120
let folder: Folder
beforeAll(async () => {
  folder = new Folder()
  const rows = (text: string): string =>
    `id,text\n${Array.from({ length: ROWS }, (_, index) => `${index},${text}${index}`).join('\n')}\n`
  await folder.ok('init')
  await folder.ok('save big - --key id --run a-run-with-a-rather-long-name --step training', { stdin: rows('a') })
  await folder.run(['save', 'big', '-', '--message', 'a message that is long '.repeat(10)], { stdin: rows('b') })
})
afterAll(() => folder.remove())

const terminal = { tty: true, columns: 80, env: { NO_COLOR: '1' } }

function widest(text: string): number {
  return Math.max(...text.split('\n').map((line) => line.length))
}

describe('errors and notes', () => {
  it('are folded at words on a terminal, and one line elsewhere', async () => {
    const line = words('save big - --mode upsert --key text')
    const stdin = 'id,text\n1,x\n'
    const { err: folded } = await folder.run(line, { ...terminal, stdin })
    const { err: whole } = await folder.run(line, { stdin })
    expect(whole.trimEnd().split('\n')).toHaveLength(1)
    expect(folded.trimEnd().split('\n').length).toBeGreaterThan(1)
    expect(widest(folded)).toBeLessThanOrEqual(80)
    expect(folded.replace(/\n {2}/g, ' ')).toBe(whole)
  })

  it('end with a command that is one line, to be copied', async () => {
    const { err } = await folder.run(words('checkout main'), { ...terminal, columns: 60 })
    expect(err.split('\n').slice(-2)).toEqual(['  doltflow save TABLE FILE --branch B', ''])
    const short = await folder.run(words('sql'), { ...terminal, columns: 120 })
    expect(short.err.trimEnd().split('\n')).toHaveLength(1)
  })

  it('are coloured at their head alone', async () => {
    const { err } = await folder.run(words('load nope -'), { tty: true, columns: 40 })
    expect(err).toMatch(/^\u001b\[31merror TABLE_NOT_FOUND:\u001b\[0m There is no\n {2}table/)
  })

  it('say what differs of a table of many columns, not both schemas', async () => {
    const wide = (first: string): string =>
      `${[first, ...Array.from({ length: 19 }, (_, index) => `column${index}`)].join(',')}\n${'1,'.repeat(19)}1\n`
    await folder.ok('save wide - --key a', { stdin: wide('a') })
    const renamed = await folder.run(words('save wide -'), { stdin: wide('a').replace('column7', 'column_7') })
    expect(renamed.err).toContain('The source lacks column7 of table wide, and has column_7, which the table lacks. ')
    expect(renamed.err.length).toBeLessThan(250)
    const other = await folder.run(words('save wide - --key column0'), { stdin: wide('a') })
    expect(other.err).toMatch(/^error KEY_CHANGED: Table wide has the key a, not column0\./)
    expect(other.err.length).toBeLessThan(250)
  })

  it('of many tables are one', async () => {
    const many = new Folder()
    try {
      for (let table = 0; table < 30; table++) many.write(`t${table}.csv`, 'a,b\n1,x\n')
      await many.ok('init')
      const { out, err } = await many.ok('save --all .')
      expect(out.trimEnd().split('\n')).toHaveLength(30)
      expect(err.match(/^note:/gm)).toHaveLength(1)
      expect(err).toMatch(/Table t0 has no key.*First of 30 tables with this note: t0, t1, .* and 20 more/)
    } finally {
      many.remove()
    }
  })
})

describe('long lists', () => {
  it.each([
    ['diff big', 1],
    ['blame big', 1],
  ])('doltflow %s ends after 50 rows on a terminal, and says how to see all', async (line, heads) => {
    const { out } = await folder.ok(line, terminal)
    const lines = out.trimEnd().split('\n')
    expect(lines).toHaveLength(50 + heads + 1)
    expect(lines.at(-1)).toMatch(new RegExp(`^… and .*: --limit N, or all: doltflow ${line} \\| less$`))
    expect((await folder.ok(line)).out.trimEnd().split('\n')).toHaveLength(ROWS + heads)
    expect((await folder.ok(`${line} --limit 2`)).out.trimEnd().split('\n').length).toBeLessThanOrEqual(2 + heads + 1)
    expect((await folder.ok(`${line} --limit 200`, terminal)).out.trimEnd().split('\n')).toHaveLength(ROWS + heads)
    expect((await folder.ok(`${line} --json`, terminal)).json.rows).toHaveLength(ROWS)
  })

  it('of actions end with the newest', async () => {
    const { out } = await folder.ok('actions --table big --limit 1')
    expect(out).toMatch(/^… and 1 older action: --limit allows 1 action\nstarted .*\n.*\+0 ~120 -0/)
    expect((await folder.ok('actions --table big --limit 1 --json')).json.actions).toMatchObject([{ modified: ROWS }])
  })
})

describe('tables', () => {
  it.each([80, 120])('fit %i columns, with what matters in them', async (columns) => {
    const blame = (await folder.ok('blame big', { ...terminal, columns })).out
    expect(widest(blame)).toBeLessThanOrEqual(columns)
    expect(blame.split('\n')[0]).toMatch(/id +commit +date +author +run +message/)
    const actions = (await folder.ok('actions', { ...terminal, columns })).out
    expect(widest(actions)).toBeLessThanOrEqual(columns)
    expect(actions).toMatch(
      columns === 80 ? /^\d{4}-\d\d-\d\d \d\d:\d\d +save/m : /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +save/m,
    )
    expect(actions).toContain('a-run-with')
  })
})

describe('progress', () => {
  it('shows nothing of what is done within two seconds', () => {
    let now = 0
    let shown = ''
    const stderr = { write: (text: string) => (shown += text) }
    const line = progressLine('saving t', 'read', { stderr, clock: () => now, columns: 80 } as never)
    line.show({ rows: 1, bytes: 10 })
    now = 1999
    line.show({ rows: 2, bytes: 20 })
    expect(shown).toBe('')
    now = 2000
    line.show({ rows: 3, bytes: 30, totalBytes: 90 })
    expect(shown).toBe('\r\u001b[Ksaving t: 3 rows read, 30 bytes of 90 bytes')
    line.clear()
    expect(shown).toMatch(/\r\u001b\[K$/)
  })

  it('tells how long work takes that tells nothing, from two seconds on', async () => {
    let shown = ''
    const effects = { stderr: { write: (text: string) => (shown += text) }, clock: Date.now, columns: 80 } as never
    const work = (ms: number): Promise<string> => new Promise((done) => setTimeout(() => done('done'), ms))
    expect(await timed('blaming t', work(50), effects)).toBe('done')
    expect(shown).toBe('')
    expect(await timed('blaming t', work(3200), effects)).toBe('done')
    expect(shown).toMatch(/^(\r\u001b\[Kblaming t: [23] s)+\r\u001b\[K$/)
    await expect(timed('blaming t', Promise.reject(new Error('no')), effects)).rejects.toThrow('no')
  })
})
