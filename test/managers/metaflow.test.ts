import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { Example } from './example.ts'
import { expectPytest } from './pytest-project.ts'
import { newestWith, pythons } from './pythons.ts'

const PACKAGES = ['metaflow==2.19.39', 'pandas==3.1.1', 'pyarrow==26.0.1']
const FIRST_DAY = '2012-01-01,0.0,12.8,5.0,4.7,drizzle'
const YEARS = ['2012', '2013', '2014', '2015']

test('steps of Metaflow save once, if they succeed; what a run had is read again, through resume, foreach and join', () => {
  const python = pythons().at(-1)
  expect(python, 'no python3 of 3.10 to 3.13 with venv is on PATH').toBeDefined()
  expectPytest(python!, 'tests-metaflow', PACKAGES)
})

test('Metaflow runs the example: a commit for each step, none for the same data', () => {
  const interpreter = newestWith('metaflow', ['pytest==9.0.2', ...PACKAGES])
  // A user is needed who isn't root.
  const example = new Example('metaflow', { METAFLOW_USER: 'tester' }, [dirname(interpreter)])
  example.requirePasted('docs/metaflow.md', ['flow.py', 'audit.py'])
  const flow = (...words: string[]): string => {
    const said = example.run([...words, 'python', 'flow.py', '--no-pylint', 'run'])
    expect(said).toContain('wettest: 2015-12 2014-03 2015-11')
    return `Seattle/${said.match(/run-id (\d+)/)![1]}`
  }

  const first = flow()
  expect(example.recorded(first)).toEqual([
    'report load months',
    'report load weather',
    'report save kinds',
    'report save wettest',
    'start save weather',
    ...YEARS.map(() => 'year load null'),
    ...YEARS.map(() => 'year save months'),
  ])
  // Saves that meet on the branch are merged, by commits of their own.
  const own = example.tells('log').commits.filter(({ parents }: any) => parents.length === 1)
  const steps = own.map(({ trailers }: any) => trailers['Doltflow-Step'])
  expect(steps.filter((step?: string) => step)).toEqual(['report', ...YEARS.map(() => 'year'), 'start'])

  // Another first day, in a run of doltflow: one commit on main. Steps with the same rows make none.
  const before = example.head()
  example.edit('seattle-weather.csv', FIRST_DAY, FIRST_DAY.replace('drizzle', 'sun'))
  const second = flow('doltflow', 'run', '--id', 'night', '--')
  expect(example.tells('log', '--limit', '1').commits[0].parents).toContain(before)
  const { actions } = example.tells('actions', '--run', 'night')
  const saves = actions.filter(({ kind, changed }: any) => kind === 'save' && changed)
  expect(saves.map(({ table, branch }: any) => `${table} ${branch}`)).toEqual(['weather run/night', 'kinds run/night'])
  expect(actions.filter(({ table }: any) => table === 'months')).toHaveLength(YEARS.length + 1)
  const audit = example.run(['python', 'audit.py', first, second])
  expect(audit).toMatch(/^report read months at [0-9a-f]{40} with 48 rows$/m)
  expect(audit).toMatch(/^report wrote wettest as [0-9a-f]{40} with 0 new rows$/m)
  expect(audit).toContain('1461 days, the first one sun')
  expect(audit).toContain("modified {'date': '2012-01-01'} drizzle → sun")
})
