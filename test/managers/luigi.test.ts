import { readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { Example } from './example.ts'
import { newestWith } from './pythons.ts'

const FIRST_DAY = '2012-01-01,0.0,12.8,5.0,4.7,drizzle'
/** What examples/luigi/luigi.cfg says of a task that failed. */
const TASK_FAILED = 30
const LUIGI = ['luigi', '--module', 'seattle', 'Report', '--local-scheduler', '--workers', '2']

test('Luigi finds tasks complete whose work need not be done again', () => {
  const interpreter = newestWith('luigi', ['luigi==3.8.1'])
  const example = new Example('luigi', { PYTHONPATH: '.' }, [dirname(interpreter)])
  example.requirePasted('docs/luigi.md', ['seattle.py', 'luigi.cfg'])
  const run = (id: string): string => example.run(LUIGI, { env: { DOLTFLOW_LUIGI_RUN: id } })

  expect(run('first')).toContain('5 ran successfully')
  expect(example.recorded('first')).toEqual([
    'Days load weather',
    'Days save days',
    'Kinds load days',
    'Kinds save kinds',
    'Months load days',
    'Months save months',
    'Report load kinds',
    'Report load months',
    'Weather save weather',
  ])
  const report = join(example.folder, 'wettest.txt')
  expect(readFileSync(report, 'utf8')).toBe('2015-12 2014-03 2015-11 5')

  const head = example.head()
  expect(run('second')).toContain('Did not run any tasks')
  expect(example.tells('steps', '--run', 'second').steps).toEqual([])

  // A table that somebody overwrote, and a file that is gone, are made again: by what is there, or by the work.
  example.write('other.csv', 'weather,days\nsnow,1\n')
  example.run(['doltflow', 'save', 'kinds', 'other.csv'])
  rmSync(report)
  expect(run('third')).toContain('2 ran successfully')
  expect(example.steps('third')).toEqual({ Kinds: 'skipped', Report: 'done' })
  expect(readFileSync(report, 'utf8')).toBe('2015-12 2014-03 2015-11 5')
  expect(example.tells('diff', 'kinds', head, 'main').rows).toEqual([])

  // A task fails after another one saved: nobody sees it.
  const before = example.head()
  example.edit('seattle-weather.csv', FIRST_DAY, FIRST_DAY.replace(',0.0,', ',wet,'))
  example.run(['doltflow', 'run', '--id', 'night', '--', ...LUIGI], { status: TASK_FAILED })
  expect(example.head()).toBe(before)
  expect(example.steps('night')).toEqual({ Weather: 'done', Days: 'failed' })

  // The run goes on. Another weather, the same rain: what reads the rain alone is complete.
  example.edit('seattle-weather.csv', ',wet,', ',0.0,')
  example.edit('seattle-weather.csv', FIRST_DAY, FIRST_DAY.replace('drizzle', 'sun'))
  example.run(['doltflow', 'run', 'resume', 'night', '--', ...LUIGI])
  expect(example.steps('night')).toMatchObject({ Weather: 'done', Days: 'done', Kinds: 'done', Months: 'skipped' })
  expect(example.tells('show', 'main').tables.map(({ table }: any) => table)).toEqual(['days', 'kinds', 'weather'])
})
