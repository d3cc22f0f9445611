import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { Folder } from './cli.ts'

let folder: Folder
const made: Folder[] = []
beforeEach(async () => {
  folder = new Folder()
  made.push(folder)
  await folder.run(['init'])
})
afterAll(() => {
  for (const one of made) one.remove()
})
const save = (text: string, ...options: string[]) => folder.run(['save', 'foo', '-', ...options], { stdin: text })
const rows = (price: (id: number) => string) =>
  `id,country,price\n${Array.from({ length: 40 }, (_, id) => `${id},${id % 4 === 0 ? 'DE' : 'FR'},${price(id)}`).join('\n')}\n`

test('a review in the terminal', async () => {
  await save(
    rows((id) => `${id}`),
    '--key',
    'id',
  )
  await save(
    rows((id) => `${id % 4 === 0 ? id + 100 : id}`),
    '--new-branch',
    'fix',
  )
  await folder.run(['check', 'add', 'foo', 'cheap', 'range', 'price', '0', '50', '--warn'])
  const { out, code } = await folder.run(['review', 'fix'])
  expect(code).toBe(0)
  expect(out).toMatch(/^Review of fix into main\n\w{7} → \w{7}: 1 table\n/)
  expect(out).toContain('foo    0      10        0\n')
  expect(out).toContain('Warning by check cheap of foo: ')
  expect(out).toContain('100 % of the changed rows have country = DE (before, 25 % of the first rows)\n')
  expect(out).toMatch(/price +10 +10 numbers, 0 to 36, mean 18 +10 numbers, 100 to 136, mean 118\n/)
  expect(out).toMatch(/modified +4 +DE +4 → 104\n/)
  const { json } = await folder.run(['review', 'fix', '--json'])
  expect(json.tables[0]).toMatchObject({ table: 'foo', modified: 10, concentrated: [{ column: 'country' }] })
  expect(out).toContain('It merges into main without a conflict\n')
  expect((await save('id,country,price\n4,DE,7\n', '--mode', 'upsert')).code).toBe(0)
  expect((await folder.run(['review', 'fix'])).out).toMatch(
    /It conflicts with main in 1 row of foo\nconflict +key +base +ours +theirs\nfoo +4 +price = 4 +(price = 7) +price = 104\n/,
  )
  expect((await folder.run(['review', 'main'])).out).toMatch(/: no differences\n/)
  expect((await folder.run(['review', 'fix', '--html', 'doltflow.db'])).err).toContain('belongs to a database')
})

test('what cells hold is inert, on the page and in a comment', async () => {
  const hostile = [
    '</script><script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '\u202egnp.exe',
    '`|` @someone https://example.org [a](b) &lt;',
    'x'.repeat(1_000_000),
    '--><!--',
    '</code></td></table>',
  ]
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
  await save('id,"<b>|name"\n1,a\n', '--key', 'id')
  await save(`id,"<b>|name"\n${hostile.map((text, id) => `${id},${quoted(text)}`).join('\n')}\n`, '--new-branch', 'fix')
  await folder.run(['review', 'fix', '--html', 'page.html'])
  const page = readFileSync(join(folder.path, 'page.html'), 'utf8')
  expect(page.length).toBeLessThan(20_000)
  expect(page).not.toMatch(/<script|<img|<b>|\u202e|-->/)
  expect(page.match(/<\/table>/g)).toHaveLength(3)
  expect(page).toContain("default-src 'none'")
  const { out } = await folder.run(['review', 'fix', '--markdown'])
  expect(out.replaceAll(/<\/?code>/g, '')).not.toMatch(/[<>`@[\]]|\u202e|https:/)
  // Each line of a table has as many cells as its head.
  const widths = out
    .split('\n\n')
    .filter((part) => part.startsWith('|'))
    .map(
      (part) =>
        new Set(
          part
            .split('\n')
            .filter(Boolean)
            .map((line) => line.split('|').length),
        ).size,
    )
  expect(widths).toEqual([1, 1, 1])
})
