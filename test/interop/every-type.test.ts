import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { ownFolder, readHere } from '../formats/files.ts'
import { pythonWithPackages } from './python.ts'

const found = pythonWithPackages()
const required = process.env['CI'] === 'true'

it.skipIf(found.missing !== undefined && !required)(
  `reads columns of every type that pyarrow has, to the last digit (${found.missing ?? 'from PyPI'}; CI must have it)`,
  { timeout: 300_000 },
  async () => {
    if (found.missing !== undefined) throw new Error(found.missing)
    const folder = ownFolder()
    try {
      const script = new URL('every_type.py', import.meta.url).pathname
      const written = execFileSync(found.python, [script, folder.path('.')], { encoding: 'utf8' })
      const expected = JSON.parse(written) as Record<string, (string | null)[]>
      const read: Record<string, (string | null)[]> = {}
      for (const file of Object.keys(expected)) {
        const { columns, rows } = await readHere(file.split('.').at(-1)!, folder.path(file))
        expect(columns, file).toEqual(['id', '\ufeffc'])
        read[file] = rows.map((row) => row[1]!)
      }
      expect(Object.keys(read).length).toBeGreaterThan(200)
      expect(read).toEqual(expected)
    } finally {
      folder.remove()
    }
  },
)
