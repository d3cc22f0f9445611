import { readFileSync, writeFileSync } from 'node:fs'
import * as arrow from 'apache-arrow'
import { afterAll, expect, it } from 'vitest'
import { clone, copy, open, type Schema } from '../../dist/index.js'
import { ownFolder } from '../formats/files.ts'

const folder = ownFolder()
afterAll(() => folder.remove())

const COLUMNS = {
  id: new arrow.Uint32(),
  big: new arrow.Uint64(),
  wait: new arrow.DurationMicrosecond(),
  at: new arrow.TimestampMillisecond('Europe/Oslo'),
  price: new arrow.Decimal(2, 9, 128),
  bytes: new arrow.Binary(),
}
const TYPES = ['unsigned(32)', 'unsigned(64)', 'duration(us)', 'timestamp(ms, Europe/Oslo)', 'decimal(9,2)', 'bytes']

async function tableOf(url: string): Promise<{ schema: Schema | undefined; text: string }> {
  const db = await open(url)
  try {
    const schema = await db.schema('t')
    const path = folder.path('out.csv')
    await db.load('t', path)
    return { schema, text: readFileSync(path, 'utf8') }
  } finally {
    await db.close()
  }
}

it('declared types are the same in a copy and in a clone', async () => {
  const fields = Object.entries(COLUMNS).map(([name, type]) => new arrow.Field(name, type, true))
  const empty = new arrow.Table(new arrow.Schema(fields))
  writeFileSync(folder.path('t.arrow'), arrow.tableToIPC(empty, 'file'))
  const source = folder.path('source.db')
  const db = await open(source)
  await db.save('t', folder.path('t.arrow'), { key: 'id', allowEmpty: true })
  writeFileSync(
    folder.path('t.csv'),
    'id,big,wait,at,price,bytes\n1,18446744073709551615,5,2024-01-01T00:00:00Z,1.5,AQID\n',
  )
  await db.save('t', folder.path('t.csv'))
  await db.addRemote('origin', `file://${folder.path('remote.db')}`)
  await db.push('origin')
  await db.close()

  const first = await tableOf(source)
  expect(first.schema!.columns.map(({ type }) => type)).toEqual(TYPES)
  expect(first.text).toContain('1,18446744073709551615,5,2024-01-01T00:00:00Z,1.50,AQID\n')
  await copy(source, 'memory:declared-types')
  await copy('memory:declared-types', folder.path('copied.db'))
  await clone(`file://${folder.path('remote.db')}`, folder.path('cloned.db'))
  for (const url of ['memory:declared-types', folder.path('copied.db'), folder.path('cloned.db')])
    expect(await tableOf(url), url).toEqual(first)
})
