import type { JSX } from 'preact'
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { BLOCK } from '../../src/cli/ui/question.ts'
import type { TablePage } from '../../src/cli/ui/table-pages.ts'
import { useBlocks } from '../blocks.ts'
import type { DatabaseInfo } from '../database-info.ts'
import { go, link, note } from '../route.ts'
import { Cell, CommitLink, Failure, Fields, grouped } from '../shown.tsx'
import { VirtualRows } from '../virtual-rows.tsx'
import { WholeCell } from '../whole-cell.tsx'
import { Restore } from '../writing.tsx'

const HEIGHT = 30

/** A table at a ref: all its rows scroll, those in sight are fetched. */
export function Table({
  params,
  database,
}: {
  params: Readonly<Record<string, string>>
  database: DatabaseInfo
}): JSX.Element {
  const { table = '', at, column = '0' } = params
  const start = Math.max(0, Number(params['row'] ?? 1) - 1 || 0)
  const blocks = useBlocks<TablePage>((from) => ['rows', { table, at, column, from, count: BLOCK }])
  const [whole, setWhole] = useState<{ row: string; column: string }>()
  const known = useRef<TablePage>(undefined)
  const page = blocks.of(start) ?? known.current
  if (page?.table === table) known.current = page
  const seenBlocks = blocks.seen
  // The first row is asked for before it is known how many there are.
  useEffect(() => seenBlocks(start, 1), [table, at, column])
  const seen = useCallback(
    (first: number, count: number) => {
      seenBlocks(first, count)
      note('table', {
        table,
        at,
        column: column === '0' ? undefined : column,
        row: first === 0 ? undefined : first + 1,
      })
    },
    [table, at, column],
  )
  const shown = page?.columns.slice(page.firstColumn, page.firstColumn + 50) ?? []
  return (
    <div class="fills">
      <h1>
        <bdi>{table}</bdi>
        {at ? ` at ${at}` : ''}
      </h1>
      <Fields
        action="Show"
        onGo={({ at: ref, row }) => go('table', { table, at: ref, row, column: column === '0' ? undefined : column })}
        fields={[
          { name: 'at', label: 'Ref', value: at, list: 'refs' },
          { name: 'row', label: 'Row', value: params['row'] },
        ]}
      />
      {blocks.error && <Failure code={blocks.error.code} message={blocks.error.message} />}
      {!page && !blocks.error && <p class="quiet">Loading …</p>}
      {page && (
        <>
          <p class="line">
            <span>
              {grouped(page.total)} rows at <CommitLink hash={page.commit} />
            </span>
            <a href={link('history', { table, at })}>history</a>{' '}
            <a href={link('diff', { table, to: page.commit })}>last change</a>{' '}
            <a href={link('lineage', { table })}>lineage</a> <Columns page={page} table={table} at={at} />
            {database.writes && at && <Restore table={table} at={at} database={database} />}
          </p>
          <VirtualRows
            key={`${table} ${at} ${column}`}
            label={`Rows of ${table}`}
            total={page.total}
            rowHeight={HEIGHT}
            columns={shown.length + 1}
            start={start}
            onSeen={seen}
            header={
              <>
                <div class="cell place" role="columnheader">
                  Row
                </div>
                {shown.map(({ name, type }, place) => (
                  <div
                    key={name}
                    class={isNumber(page, place) ? 'cell right' : 'cell'}
                    role="columnheader"
                    title={type}
                  >
                    <bdi>{name}</bdi>
                    {page.key.includes(name) && <span class="quiet"> key</span>}
                  </div>
                ))}
              </>
            }
            row={(index) => {
              const row = blocks.of(index)?.rows[index % BLOCK]
              return (
                <>
                  <div class="cell place" role="cell">
                    {row?.key ? (
                      <a href={link('row', { table, at, key: row.key })} aria-label={`History of row ${index + 1}`}>
                        {grouped(index + 1)}
                      </a>
                    ) : (
                      grouped(index + 1)
                    )}
                  </div>
                  {shown.map(({ name }, place) => (
                    <div key={name} class="cell" role="cell">
                      {row ? (
                        <Cell
                          cell={row.cells[place]}
                          whole={row.key ? () => setWhole({ row: row.key!, column: name }) : undefined}
                        />
                      ) : (
                        <span class="quiet">…</span>
                      )}
                    </div>
                  ))}
                </>
              )
            }}
          />
        </>
      )}
      {whole && <WholeCell table={table} at={at} {...whole} onClose={() => setWhole(undefined)} />}
    </div>
  )
}

/** The other columns of a wide table. */
function Columns({ page, table, at }: { page: TablePage; table: string; at: string | undefined }): JSX.Element | null {
  const { columns, firstColumn } = page
  if (columns.length <= 50) return null
  const next = firstColumn + 50
  return (
    <span>
      columns {firstColumn + 1} to {Math.min(next, columns.length)} of {grouped(columns.length)}{' '}
      {firstColumn > 0 && <a href={link('table', { table, at, column: firstColumn - 50 })}>columns before</a>}{' '}
      {next < columns.length && <a href={link('table', { table, at, column: next })}>columns after</a>}{' '}
    </span>
  )
}

/** As its first cell is. */
function isNumber({ rows }: TablePage, place: number): boolean {
  const cell = rows[0]?.cells[place]
  return typeof cell === 'object' && cell !== null && 'number' in cell
}
