import type { JSX } from 'preact'
import type { PageCell } from '../../src/cli/ui/cells.ts'
import type { Commit, DiffKind } from '../../src/types.ts'
import { useAsk } from '../ask.ts'
import { link } from '../route.ts'
import { Answered, CommitLink, nameOf, subject, time } from '../shown.tsx'
import { Sides } from './diff.tsx'

type Cells = { column: string; cell: PageCell }[] | null

interface RowStory {
  blame: Commit | null
  changes: { commit: Commit; kind: DiffKind; before: Cells; after: Cells }[]
  truncated: boolean
}

/** One row: who made it what it is, and what it was before. */
export function Row({
  params: { table = '', key = '', at },
}: {
  params: Readonly<Record<string, string>>
}): JSX.Element {
  const asked = useAsk<RowStory>('row', { table, key, at })
  return (
    <>
      <h1>
        Row <bdi>{key.replace(/^\[|\]$/g, '')}</bdi> of <a href={link('table', { table, at })}>{table}</a>
      </h1>
      <Answered asked={asked}>
        {({ blame, changes, truncated }) => (
          <>
            {blame ? (
              <p>
                It is what it is since <CommitLink hash={blame.hash} /> <bdi>{subject(blame)}</bdi>, by{' '}
                {nameOf(blame.author)}
                <RunOf commit={blame} />.
              </p>
            ) : (
              <p>There is no such row any more{at ? ` at ${at}` : ''}.</p>
            )}
            <h2>History</h2>
            <ol class="plain">
              {changes.map(({ commit, kind, before, after }) => (
                <li key={commit.hash} class="change">
                  <h3>
                    <span class={kind}>{kind}</span> by <CommitLink hash={commit.hash} /> <bdi>{subject(commit)}</bdi>
                  </h3>
                  <p class="quiet">
                    {nameOf(commit.author)}, {time(commit.date)}
                    <RunOf commit={commit} />
                  </p>
                  <CellList before={before} after={after} />
                </li>
              ))}
            </ol>
            {truncated && <p class="quiet">Older changes are left out: doltflow log --key shows all.</p>}
          </>
        )}
      </Answered>
    </>
  )
}

function RunOf({ commit: { trailers } }: { commit: Commit }): JSX.Element | null {
  const run = trailers['Doltflow-Run']
  if (run === undefined) return null
  const step = trailers['Doltflow-Step']
  return (
    <>
      , in <a href={link('run', { id: run })}>run {run}</a>
      {step !== undefined && `, step ${step}`}
    </>
  )
}

function CellList({ before, after }: { before: Cells; after: Cells }): JSX.Element {
  const names = [...new Set([...(after ?? []), ...(before ?? [])].map(({ column }) => column))]
  const cellOf = (cells: Cells, name: string): PageCell | undefined =>
    cells?.find(({ column }) => column === name)?.cell
  return (
    <dl class="cells">
      {names.map((name) => (
        <div key={name}>
          <dt>
            <bdi>{name}</bdi>
          </dt>
          <dd>
            <Sides before={cellOf(before, name)} after={cellOf(after, name)} />
          </dd>
        </div>
      ))}
    </dl>
  )
}
