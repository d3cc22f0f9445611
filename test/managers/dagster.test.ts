import { expect, test } from 'vitest'
import { expectPytest } from './pytest-project.ts'
import { pythons } from './pythons.ts'

test('Dagster materializes tables, in its own process, too', () => {
  const python = pythons().at(-1)
  expect(python, 'no python3 of 3.10 to 3.13 with venv is on PATH').toBeDefined()
  expectPytest(python!, 'tests-dagster', ['dagster==1.13.29', 'pandas==2.3.3', 'pyarrow==25.0.1'])
})
