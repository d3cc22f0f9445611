import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nextflow } from '../../scripts/nextflow.mjs'
import { Example } from './example.ts'

const FIRST_DAY = '2012-01-01,0.0,12.8,5.0,4.7,drizzle'

test('Nextflow starts processes, and doltflow runs the commands that must run', () => {
  const missing = ['java', 'mvn'].filter((name) => spawnSync(name, ['-version']).status !== 0)
  expect(missing, 'Nextflow comes from Maven Central and runs on Java').toEqual([])
  const example = new Example('nextflow', { NXF_OFFLINE: 'true', NXF_ANSI_LOG: 'false' })
  example.command('nextflow', nextflow())
  example.requirePasted('docs/nextflow.md', ['main.nf', 'nextflow.config'])
  const run = (...words: string[]): string => example.run(['nextflow', 'run', '.', '-resume', ...words])

  run('-name', 'first')
  expect(example.recorded('first')).toEqual([
    'MONTHS load months',
    'WEATHER save weather',
    'clean load weather',
    'clean save days',
    'kinds load days',
    'kinds save kinds',
    'months load days',
    'months save months',
  ])
  expect(example.tells('tables').tables.map(({ name, rows }: any) => [name, rows])).toEqual([
    ['days', 1461],
    ['kinds', 5],
    ['months', 48],
    ['weather', 1461],
  ])
  const wettest = readFileSync(join(example.folder, 'results/wettest.csv'), 'utf8')
  expect(wettest).toBe('2015-12,284.5\n2014-03,240.0\n2015-11,212.6\n')

  // Nothing changed: no command of a step runs, and no commit is made.
  const head = example.head()
  expect(run('-name', 'second')).toContain('Cached process > REPORT')
  expect(example.steps('second')).toEqual({ clean: 'skipped', kinds: 'skipped', months: 'skipped' })
  expect(example.head()).toBe(head)

  // A process fails after another one saved: nobody sees it.
  example.edit('seattle-weather.csv', FIRST_DAY, FIRST_DAY.replace('drizzle', 'sun'))
  example.edit('bin/kinds.awk', 'BEGIN', 'BEGIN { exit 7 }\nBEGIN')
  example.run(['doltflow', 'run', '--id', 'night', '--', 'nextflow', 'run', '.', '-resume'], { status: 1 })
  expect(example.head()).toBe(head)
  expect(example.steps('night')).toMatchObject({ clean: 'done', kinds: 'failed' })

  // The run goes on. Another weather, the same rain: what reads the rain alone has its result.
  example.edit('bin/kinds.awk', 'BEGIN { exit 7 }\n', '')
  const night = example.run(['doltflow', 'run', 'resume', 'night', '--', 'nextflow', 'run', '.', '-resume'])
  expect(night).toContain('Cached process > REPORT')
  expect(example.steps('night')).toEqual({ clean: 'skipped', kinds: 'done', months: 'skipped' })
  expect(example.tells('why', 'kinds').causes.map(({ text }: any) => text)).toEqual([
    'days: 1 modified (column weather) since run second',
  ])
  expect(example.tells('show', 'main').tables.map(({ table }: any) => table)).toEqual(['days', 'kinds', 'weather'])
})
