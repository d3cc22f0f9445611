import type { JSX } from 'preact'
import { useCallback, useEffect, useRef } from 'preact/hooks'
import type { PageCell } from '../../src/cli/ui/cells.ts'
import type { RowsChanged, TablesChanged } from '../../src/cli/ui/comparisons.ts'
import { BLOCK } from '../../src/cli/ui/question.ts'
import type { TableDiff } from '../../src/types.ts'
import { useAsk } from '../ask.ts'
import { useBlocks } from '../blocks.ts'
import { go, link } from '../route.ts'
import { Answered, Cell, CommitLink, Counts, Failure, Fields, grouped } from '../shown.tsx'
import { VirtualRows } from '../virtual-rows.tsx'

const HEIGHT = 50

/** Two refs side by side: the tables that differ, or the rows of one. */
export function Diff({ params }: { params: Readonly<Record<string, string>> }): JSX.Element {
  const { table, from, to } = params
  const fields = (
    <Fields
      action="Compare"
      onGo={(given) => go('diff', given)}
      fields={[
        { name: 'from', label: 'From', value: from, list: 'refs' },
        { name: 'to', label: 'To', value: to, list: 'refs' },
        { name: 'table', label: 'Table', value: table },
      ]}
    />
  )
  if (table) return <RowsDiff table={table} from={from} to={to} fields={fields} />
  return <TablesDiff from={from} to={to} fields={fields} />
}

function TablesDiff({
  from,
  to,
  fields,
}: {
  from: string | undefined
  to: string | undefined
  fields: JSX.Element
}): JSX.Element {
  const asked = useAsk<TablesChanged>('changes', { from, to })
  return (
    <>
      <h1>Differences</h1>
      {fields}
      <Answered asked={asked}>
        {(found) => (
          <>
            <p>
              From {found.from ? <CommitLink hash={found.from} /> : 'nothing'} to <CommitLink hash={found.to} />
            </p>
            <ChangedTables tables={found.tables} from={from ?? found.from ?? undefined} to={to ?? found.to} />
          </>
        )}
      </Answered>
    </>
  )
}

export function ChangedTables({
  tables,
  from,
  to,
}: {
  tables: readonly TableDiff[]
  from: string | undefined
  to: string | undefined
}): JSX.Element {
  if (tables.length === 0) return <p>No table differs.</p>
  return (
    <ul class="plain">
      {tables.map((one) => (
        <li key={one.table}>
          <a href={link('diff', { table: one.table, from, to })}>
            <bdi>{one.table}</bdi>
          </a>{' '}
          <Counts {...one} /> {one.change !== 'modified' && <span class="quiet">table {one.change}</span>}{' '}
          {one.change === 'modified' && one.schemaChanged && <span class="quiet">other columns</span>}
        </li>
      ))}
    </ul>
  )
}

function RowsDiff({
  table,
  from,
  to,
  fields,
}: {
  table: string
  from: string | undefined
  to: string | undefined
  fields: JSX.Element
}): JSX.Element {
  const blocks = useBlocks<RowsChanged>((offset) => ['diff', { table, from, to, offset, count: BLOCK }])
  const known = useRef<RowsChanged>(undefined)
  const seen = useCallback(blocks.seen, [])
  useEffect(() => seen(0, 1), [table, from, to])
  const page = blocks.of(0) ?? known.current
  known.current = page
  const total = page ? page.added + page.modified + page.removed : 0
  return (
    <div class="fills">
      <h1>
        What changed in <bdi>{table}</bdi>
      </h1>
      {fields}
      {blocks.error && <Failure code={blocks.error.code} message={blocks.error.message} />}
      {!page && !blocks.error && <p class="quiet">Loading …</p>}
      {page && (
        <>
          <p class="line">
            <span>
              From <CommitLink hash={page.from} /> to <CommitLink hash={page.to} />
            </span>
            <Counts {...page} />
            {page.columnsLeftOut > 0 && ` ${grouped(page.columnsLeftOut)} columns are left out.`}
          </p>
          {total === 0 ? (
            <p>No row differs.</p>
          ) : (
            <VirtualRows
              key={`${page.from} ${page.to} ${table}`}
              label={`Changed rows of ${table}`}
              total={total}
              rowHeight={HEIGHT}
              columns={page.columns.length + 1}
              start={0}
              onSeen={seen}
              header={
                <>
                  <div class="cell place" role="columnheader">
                    Change
                  </div>
                  {page.columns.map(({ name, before, after }) => (
                    <div
                      key={name}
                      class={`cell ${before === null ? 'added' : after === null ? 'removed' : ''}`}
                      role="columnheader"
                    >
                      <bdi>{name}</bdi>
                      {page.key.includes(name) && <span class="quiet"> key</span>}
                      {before === null && <span class="quiet"> new</span>}
                      {after === null && <span class="quiet"> dropped</span>}
                    </div>
                  ))}
                </>
              }
              row={(index) => (
                <ChangedRow
                  table={table}
                  at={to ?? page.to}
                  page={blocks.of(index)}
                  index={index % BLOCK}
                  columns={page.columns}
                />
              )}
            />
          )}
        </>
      )}
    </div>
  )
}

function ChangedRow({
  table,
  at,
  page,
  index,
  columns,
}: {
  table: string
  at: string
  page: RowsChanged | undefined
  index: number
  columns: RowsChanged['columns']
}): JSX.Element {
  const row = page?.rows[index]
  if (!row)
    return (
      <div class="cell quiet" role="cell">
        …
      </div>
    )
  return (
    <>
      <div class={`cell place ${row.kind}`} role="cell">
        {row.key ? (
          <a href={link('row', { table, at, key: row.key })} aria-label={`${row.kind}: history of row ${row.key}`}>
            {row.kind}
          </a>
        ) : (
          row.kind
        )}
      </div>
      {columns.map(({ name, before, after }, place) => (
        <div key={name} class="cell pair" role="cell">
          <Sides
            before={before === null ? undefined : row.before?.[place]}
            after={after === null ? undefined : row.after?.[place]}
          />
        </div>
      ))}
    </>
  )
}

/** A cell before and after, one above the other; once, if it is the same. A side without the cell is undefined. */
export function Sides({ before, after }: { before: PageCell | undefined; after: PageCell | undefined }): JSX.Element {
  if (JSON.stringify(before) === JSON.stringify(after)) return <Cell cell={after} />
  return (
    <>
      {before !== undefined && (
        <del>
          <Cell cell={before} />
        </del>
      )}
      {after !== undefined && (
        <ins>
          <Cell cell={after} />
        </ins>
      )}
    </>
  )
}
