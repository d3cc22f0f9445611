import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { Example } from './example.ts'
import { newestWith } from './pythons.ts'

const FIRST_DAY = '2012-01-01,0.0,12.8,5.0,4.7,drizzle'
const ENV = { AIRFLOW__CORE__LOAD_EXAMPLES: 'False', AIRFLOW__USAGE_DATA_COLLECTION__ENABLED: 'False', NO_COLOR: '1' }

test('Airflow sends events that carry the commit, and none of what is unchanged', () => {
  const interpreter = newestWith('airflow', ['apache-airflow==3.3.2'])
  const example = new Example('airflow', ENV, [dirname(interpreter)])
  example.requirePasted('docs/airflow.md', ['dags/seattle.py'])
  const home = { AIRFLOW_HOME: example.folder }
  const runDag = (dag: string): string => {
    const said = example.run(['airflow', 'dags', 'test', dag], { env: home })
    return said.match(/DagRun Finished: .*run_id=(manual__[^,]+),/)![1]!
  }
  /** What a query of Airflow's own database gives. */
  const sql = (query: string): any[] => {
    const program =
      'import json, sqlite3, sys\nwith sqlite3.connect(sys.argv[1]) as db: print(json.dumps(db.execute(sys.argv[2]).fetchall()))'
    const { stdout, stderr } = spawnSync(interpreter, ['-c', program, join(example.folder, 'airflow.db'), query], {
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    return JSON.parse(stdout)
  }
  const eventsOf = (run: string): string[] =>
    sql(`SELECT source_task_id FROM asset_event WHERE source_run_id = '${run}' ORDER BY 1`).flat()
  example.run(['airflow', 'db', 'migrate'], { env: home })

  const first = runDag('seattle')
  expect(example.recorded(first)).toEqual([
    'days load weather',
    'days save days',
    'kinds load days',
    'kinds save kinds',
    'months load days',
    'months save months',
    'read save weather',
  ])
  expect(eventsOf(first)).toEqual(['clean', 'count', 'rain', 'read'])
  const tables = example.tells('tables').tables
  for (const { name, hash, rows } of tables) {
    const [[extra]] = sql(`SELECT extra FROM asset_event WHERE json_extract(extra, '$.table') = '${name}'`)
    expect(JSON.parse(extra)).toMatchObject({ table: name, hash, rows })
  }

  // A consumer reads the commit that the event tells, whatever others saved since.
  const [[told]] = sql(`SELECT json_extract(extra, '$.commit') FROM asset_event WHERE source_task_id = 'rain'`)
  example.write('other.csv', 'month,rain\n2020-01,1\n')
  example.run(['doltflow', 'save', 'months', 'other.csv'])
  const report = runDag('report')
  expect(readFileSync(join(example.folder, 'wettest.txt'), 'utf8')).toBe('2015-12 2014-03 2015-11')
  expect(example.tells('actions', '--run', report).actions).toMatchObject([{ fromCommit: told, step: 'wettest' }])

  // The source is the same: no step runs; the table that somebody overwrote is put back. Only an event that was lost is sent again.
  sql(`DELETE FROM asset_event WHERE source_task_id = 'count'`)
  const second = runDag('seattle')
  expect(example.steps(second)).toEqual({ days: 'skipped', kinds: 'skipped', months: 'skipped' })
  expect(eventsOf(second)).toEqual(['count'])
  const hashes = (all: any[]): string[] => all.map(({ hash }) => hash)
  expect(hashes(example.tells('tables').tables)).toEqual(hashes(tables))

  // A task fails after another one saved: nobody sees it.
  const head = example.head()
  example.edit('seattle-weather.csv', FIRST_DAY, FIRST_DAY.replace(',0.0,', ',wet,'))
  const night = ['airflow', 'dags', 'test', 'seattle']
  example.run(['doltflow', 'run', '--id', 'night', '--', ...night], { status: 1, env: home })
  expect(example.head()).toBe(head)
  expect(example.recorded('night')).toContain('read save weather')

  // The run goes on. Another weather, the same rain: what reads the rain alone has its result.
  example.edit('seattle-weather.csv', ',wet,', ',0.0,')
  example.edit('seattle-weather.csv', FIRST_DAY, FIRST_DAY.replace('drizzle', 'sun'))
  example.run(['doltflow', 'run', 'resume', 'night', '--', ...night], { env: home })
  expect(example.steps('night')).toEqual({ days: 'done', kinds: 'done', months: 'skipped' })
  expect(example.tells('show', 'main').tables.map(({ table }: any) => table)).toEqual(['days', 'kinds', 'weather'])
})
