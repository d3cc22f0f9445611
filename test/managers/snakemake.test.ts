import { expect, test } from 'vitest'
import { expectPytest } from './pytest-project.ts'
import { pythons } from './pythons.ts'

test('Snakemake runs workflows over tables, and the tests of its storage interface', () => {
  // Snakemake 9 needs Python 3.11.
  const python = pythons().findLast(({ version }) => Number(version.slice(2)) >= 11)
  expect(python, 'no python3 of 3.11 to 3.13 with venv is on PATH').toBeDefined()
  const packages = ['snakemake==9.27.1', 'snakemake-interface-storage-plugins==4.4.1']
  expectPytest(python!, 'tests-snakemake', packages)
})
