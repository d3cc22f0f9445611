import { expect, test } from 'vitest'
import { expectPytest } from './pytest-project.ts'
import { pythons } from './pythons.ts'

/** What has no wheel on PyPI. */
const BUILT = ['connection_pool']

test('Snakemake runs workflows over tables, and the tests of its storage interface', () => {
  // It needs 3.11; some of what it depends on has no wheel for the newest.
  const python = pythons().find(({ version }) => version === '3.11') ?? pythons().at(-1)
  expect(python, 'no python3 of 3.11 to 3.13 with venv is on PATH').toBeDefined()
  const packages = ['snakemake==9.27.1', 'snakemake-interface-storage-plugins==4.4.1']
  expectPytest(python!, 'tests-snakemake', packages, { built: BUILT })
})
