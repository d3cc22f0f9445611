import { render, type JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { copy, useAsk } from './ask.ts'
import type { DatabaseInfo } from './database-info.ts'
import { link, useRoute, type Route } from './route.ts'
import { Answered, time } from './shown.tsx'
import { Checks } from './views/checks.tsx'
import { Commit } from './views/commit.tsx'
import { Conflicts } from './views/conflicts.tsx'
import { Diff } from './views/diff.tsx'
import { History } from './views/history.tsx'
import { Lineage } from './views/lineage.tsx'
import { Row } from './views/row.tsx'
import { Run, Runs } from './views/runs.tsx'
import { Table } from './views/table.tsx'
import { Tables } from './views/tables.tsx'

type View = (given: { params: Readonly<Record<string, string>>; database: DatabaseInfo }) => JSX.Element

const VIEWS: Readonly<Record<string, View>> = {
  history: History,
  commit: Commit,
  tables: Tables,
  table: Table,
  diff: Diff,
  row: Row,
  runs: Runs,
  run: Run,
  lineage: Lineage,
  conflicts: Conflicts,
  checks: Checks,
}
/** Those that one can go to from anywhere; the others are of one thing. */
const IN_MENU = ['history', 'tables', 'diff', 'runs', 'lineage', 'conflicts', 'checks']
/** Where the others belong. */
const BELONGS: Readonly<Record<string, string>> = { commit: 'history', table: 'tables', row: 'tables', run: 'runs' }

function Page(): JSX.Element {
  const route = useRoute()
  const asked = useAsk<DatabaseInfo>('database')
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the view
      </a>
      <Menu route={route} database={asked.data} />
      <Answered asked={asked}>{(database) => <Shown route={route} database={database} />}</Answered>
    </>
  )
}

function Menu({ route, database }: { route: Route; database: DatabaseInfo | undefined }): JSX.Element {
  const here = BELONGS[route.view] ?? route.view
  return (
    <header>
      <span class="title" title={database?.location}>
        {database ? database.name : 'doltflow'}
      </span>
      <nav aria-label="Views">
        {IN_MENU.map((view) => (
          <a key={view} href={link(view)} aria-current={view === here ? 'page' : undefined}>
            {view[0]!.toUpperCase() + view.slice(1)}
          </a>
        ))}
      </nav>
      {database && !copy && <span class="quiet mode">{database.writes ? 'may write' : 'read-only'}</span>}
    </header>
  )
}

function Shown({ route, database }: { route: Route; database: DatabaseInfo }): JSX.Element {
  const main = useRef<HTMLElement>(null)
  const isFirst = useRef(true)
  const View = Object.hasOwn(VIEWS, route.view) ? VIEWS[route.view] : undefined
  const id = JSON.stringify(route)
  useEffect(() => {
    document.title = `${[route.view, route.params['table'] ?? route.params['id']].filter(Boolean).join(' ')} · ${database.name} · doltflow`
    // Who goes on by keyboard or screen reader begins at the new view.
    if (!isFirst.current) main.current!.focus()
    isFirst.current = false
  }, [id])
  return (
    <main id="main" ref={main} tabIndex={-1}>
      {copy && (
        <p class="notice">
          A copy of {database.location}, made {time(copy.made)} UTC. {copy.leftOut.join(' ')}
        </p>
      )}
      {View ? (
        <View key={`${route.view} ${route.params['table'] ?? ''}`} params={route.params} database={database} />
      ) : (
        <h1>There is no such view.</h1>
      )}
      <datalist id="refs">
        {[...database.branches, ...database.tags].map(({ name }) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <datalist id="branches">
        {database.branches.map(({ name }) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </main>
  )
}

/** The address is the view's: a link to a place in it would leave it. */
function skip(event: Event): void {
  event.preventDefault()
  document.querySelector<HTMLElement>('main')?.focus()
}

render(<Page />, document.querySelector('#page')!)
