import { execFileSync } from 'node:child_process'
import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { open } from '../../dist/index.js'
import { dolt } from '../engines/dolt-server.ts'
import { ownFolder } from '../formats/files.ts'
import { pythonWithPackages } from './python.ts'

const found = pythonWithPackages()
const required = process.env['CI'] === 'true'
const script = new URL('frames.py', import.meta.url).pathname

describe.skipIf(found.missing !== undefined && !required)('typed frames of pandas', () => {
  const folder = ownFolder()
  const python = (mode: string): string =>
    execFileSync(found.missing === undefined ? found.python : '', [script, mode, folder.path('.')], {
      encoding: 'utf8',
    })
  let names: string[] = []

  beforeAll(() => {
    if (found.missing !== undefined) throw new Error(found.missing)
    process.env['PATH'] = `${dirname(dolt() ?? '')}:${process.env['PATH']}`
    names = JSON.parse(python('write')) as string[]
  }, 300_000)
  afterAll(() => folder.remove())

  // Fault: of 45 frames 14 came back with the types that they had.
  it.each(['memory', 'doltlite', ...(dolt() === undefined ? [] : ['dolt'])])(
    'come back with their dtypes: %s',
    { timeout: 300_000 },
    async (engine) => {
      const db = await open(
        { memory: 'memory:frames', doltlite: folder.path('frames.db'), dolt: `dolt:${folder.path('dolt')}` }[engine]!,
      )
      for (const name of names)
        for (const format of ['parquet', 'arrow']) {
          const table = `${name}_${format}`.replaceAll('-', '_')
          const options = { inProcess: true }
          await db.save(table, folder.path(`${name}.${format}`), { ...options, allowEmpty: true })
          await db.load(table, folder.path(`${name}.out.${format}`), options)
        }
      await db.close()
      const result = JSON.parse(python('check')) as Record<string, string>
      expect(Object.keys(result).length).toBe(names.length * 2)
      // Parquet has no seconds, and pyarrow makes them of milliseconds by pandas' own metadata alone.
      const differing = Object.keys(result).filter((name) => result[name] !== 'same')
      expect(differing, JSON.stringify(result)).toEqual(['timestamp-s parquet'])
    },
  )
})
