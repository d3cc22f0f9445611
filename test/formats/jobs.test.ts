import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import type { FileReadOptions } from '../../dist/formats/format.js'
import { runJob } from '../../dist/formats/job.js'
import { writeZip } from '../../dist/formats/xlsx/zip-writer.js'
import { open } from '../../dist/index.js'
import { ownFolder } from './files.ts'

/* The process that reads or writes a file, and what a call refuses before there is one. */

const folder = ownFolder()
afterAll(folder.remove)

describe('the process of a job', () => {
  it('that is silent for too long ends, and the process goes on', async () => {
    const path = folder.path('slow.jsonl')
    writeFileSync(path, '{"a":1}\n'.repeat(200_000))
    const job = runJob({ kind: 'read', format: 'jsonl', path, options: {} }, { silenceMs: 1 })
    await expect(job.next()).rejects.toMatchObject({ code: 'FORMAT_LIMIT' })
  })

  it('that takes too much memory ends, and the process goes on', { timeout: 120_000 }, async () => {
    const path = folder.path('strings.xlsx')
    const pieces: Uint8Array[] = []
    function* strings(): Generator<Buffer> {
      yield Buffer.from('<sst>')
      for (let part = 0; part < 80; part++) yield Buffer.from(`<si><t>${randomBytes(2 ** 19).toString('hex')}</t></si>`)
      yield Buffer.from('</sst>')
    }
    for await (const piece of writeZip([
      {
        name: 'xl/workbook.xml',
        text: [Buffer.from('<workbook><sheets><sheet name="A" r:id="r1"/></sheets></workbook>')],
      },
      {
        name: 'xl/_rels/workbook.xml.rels',
        text: [
          Buffer.from(
            '<Relationships><Relationship Id="r1" Type="x/worksheet" Target="1.xml"/><Relationship Id="r2" Type="x/sharedStrings" Target="s.xml"/></Relationships>',
          ),
        ],
      },
      { name: 'xl/s.xml', text: strings() },
      { name: 'xl/1.xml', text: [Buffer.from('<worksheet/>')] },
    ]))
      pieces.push(piece)
    writeFileSync(path, Buffer.concat(pieces))
    const job = runJob({ kind: 'read', format: 'xlsx', path, options: {} }, { heapMb: 40 })
    await expect(job.next()).rejects.toMatchObject({
      code: 'FORMAT_LIMIT',
      message: expect.stringContaining('more memory than it may (40 MB'),
    })
  })

  it('that can’t be given its job ends, and says why (it was left behind, and kept the host from ending)', async () => {
    const path = folder.path('unsent.jsonl')
    writeFileSync(path, '{"a":1}\n')
    const options = { sheet: () => 1 } as unknown as FileReadOptions
    const children = (): number => process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap').length
    const before = children()
    const job = runJob({ kind: 'read', format: 'jsonl', path, options })
    await expect(job.next()).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringContaining('could not be cloned'),
    })
    await expect.poll(children).toBe(before)
  })

  it('is told to stop', async () => {
    const path = folder.path('slow.jsonl')
    const controller = new AbortController()
    const job = runJob({ kind: 'read', format: 'jsonl', path, options: {} }, { signal: controller.signal })
    const first = job.next()
    controller.abort()
    await expect(first).rejects.toMatchObject({ code: 'ABORTED', retryable: true })
  })
})

const ODD_VALUES: readonly unknown[] = [
  () => 'S',
  Symbol('S'),
  Promise.resolve('S'),
  {
    get name(): string {
      throw new Error('not to be asked')
    },
  },
  ['S'],
  true,
]

it('an option of the wrong type is refused before anything begins', async () => {
  await using db = await open(folder.path('options.db'))
  await db.save('t', { rows: [{ id: 1 }] }, { key: 'id' })
  const path = folder.path('options.xlsx')
  await db.load('t', path, { sheet: 'S' })
  for (const value of ODD_VALUES) {
    const refused = { code: 'OPTION_INVALID', message: expect.stringContaining('The option sheet is ') }
    await expect(db.load('t', folder.path('other.xlsx'), { sheet: value as never })).rejects.toMatchObject(refused)
    await expect(db.save('u', path, { sheet: value as never })).rejects.toMatchObject(refused)
    await expect(db.save('u', path, { text: { header: (value === true ? 1 : value) as never } })).rejects.toMatchObject(
      { code: 'OPTION_INVALID' },
    )
    await expect(db.save('u', path, { text: { nulls: [value] as never } })).rejects.toMatchObject({
      code: 'OPTION_INVALID',
    })
  }
  await expect(db.load('t', folder.path('other.xlsx'), { sheet: 2 as never })).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: 'The option sheet is 2: it must be text.',
  })
  expect((await db.save('u', path, { sheet: 1, key: 'id' })).rows).toBe(1)
})

it.each([undefined, 'append'] as const)('a file that changes while it is read is not saved (mode %s)', async (mode) => {
  const path = folder.path('changing.jsonl')
  writeFileSync(path, '{"a":1}\n')
  await using db = await open(folder.path(`changing-${mode}.db`))
  await db.save('other', { rows: [{ a: 1 }] }, { key: 'a' })
  const change = (): void => writeFileSync(path, '{"a":2}\n{"a":3}\n')
  const saving = db.save('t', path, { key: 'a', onProgress: change, ...(mode && { mode }) })
  await expect(saving).rejects.toMatchObject({ code: 'IO_FAILED', retryable: true, data: { path } })
  expect((await db.tables()).map(({ name }) => name)).toEqual(['other'])
})
