import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { Example } from './example.ts'
import { newestWith } from './pythons.ts'

const PACKAGES = ['apache-hamilton==1.90.0', 'pandas==3.1.1', 'pyarrow==26.0.1']
const FIRST_DAY = '2012-01-01,0.0,12.8,5.0,4.7,drizzle'

test('Hamilton runs the nodes that must run, and gives the frames of the others to none', () => {
  const interpreter = newestWith('hamilton', PACKAGES)
  const example = new Example('hamilton', {}, [dirname(interpreter)])
  example.requirePasted('docs/hamilton.md', ['run.py', 'nodes.py'])
  const execute = (): string => {
    const said = example.run(['python', 'run.py'])
    expect(said).toContain("['2015-12', '2014-03', '2015-11'] 5 run ")
    return said.match(/ run ([0-9a-f-]{36})$/m)![1]!
  }

  expect(example.recorded(execute())).toEqual([
    'days load weather',
    'days save days',
    'kinds load days',
    'kinds save kinds',
    'months load days',
    'months save months',
    'weather save weather',
    'wettest load months',
  ])

  // Nothing changed: no frame is loaded but that of the node without a table, and no commit is made.
  const head = example.head()
  const second = execute()
  expect(example.steps(second)).toEqual({ days: 'skipped', kinds: 'skipped', months: 'skipped' })
  expect(example.recorded(second)).toEqual(['weather save weather', 'wettest load months'])
  expect(example.head()).toBe(head)

  // The code of one node is another one: the source of the next one is the same.
  example.edit('nodes.py', '.nlargest(3,', '.nlargest(n=3, columns=')
  example.edit(
    'nodes.py',
    '    return days.groupby("weather"',
    '    days = days.copy()\n    return days.groupby("weather"',
  )
  expect(example.steps(execute())).toEqual({ days: 'skipped', kinds: 'done', months: 'skipped' })
  expect(example.head()).toBe(head)

  // A node fails after another one saved: nobody sees it.
  example.edit('seattle-weather.csv', FIRST_DAY, FIRST_DAY.replace(',0.0,', ',wet,'))
  const night = ['python', 'run.py']
  example.run(['doltflow', 'run', '--id', 'night', '--', ...night], { status: 1 })
  expect(example.head()).toBe(head)
  expect(example.recorded('night')).toContain('weather save weather')

  // The run goes on. Another weather, the same rain: what reads the rain alone has its result.
  example.edit('seattle-weather.csv', ',wet,', ',0.0,')
  example.edit('seattle-weather.csv', FIRST_DAY, FIRST_DAY.replace('drizzle', 'sun'))
  example.run(['doltflow', 'run', 'resume', 'night', '--', ...night])
  expect(example.steps('night')).toEqual({ days: 'done', kinds: 'done', months: 'skipped' })
  expect(example.tells('show', 'main').tables.map(({ table }: any) => table)).toEqual(['days', 'kinds', 'weather'])
})
