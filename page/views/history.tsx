import type { JSX } from 'preact'
import type { CommitGraph } from '../../src/cli/ui/commit-graph.ts'
import type { Commit } from '../../src/types.ts'
import { useAsk } from '../ask.ts'
import type { DatabaseInfo } from '../database-info.ts'
import { laneRows, type LaneRow } from '../lanes.ts'
import { go, link } from '../route.ts'
import { Answered, Fields, nameOf, short, subject, time } from '../shown.tsx'

const [LANE, HEIGHT, LANES] = [16, 52, 12]
const MORE = 5

/** All branches' commits as a graph, or one ref's, or those that changed a table. */
export function History({
  params,
  database,
}: {
  params: Readonly<Record<string, string>>
  database: DatabaseInfo
}): JSX.Element {
  const { at, table, limit = '200' } = params
  const asked = useAsk<CommitGraph>('history', { at, table, limit })
  return (
    <>
      <h1>History{table ? ` of ${table}` : at ? ` of ${at}` : ''}</h1>
      <Fields
        action="Show"
        onGo={(given) => go('history', given)}
        fields={[
          { name: 'at', label: 'Ref', value: at, list: 'refs' },
          { name: 'table', label: 'Table', value: table },
        ]}
      />
      <Answered asked={asked}>
        {({ commits, truncated, branchesLeftOut }) => (
          <>
            {commits.length === 0 && <p>No commits yet.</p>}
            <ol class="history" onKeyDown={moveByArrows}>
              {(table ? commits.map(() => undefined) : laneRows(commits)).map((lanes, index) => (
                <Row key={commits[index]!.hash} commit={commits[index]!} lanes={lanes} database={database} />
              ))}
            </ol>
            {truncated && (
              <p>
                <a href={link('history', { at, table, limit: Math.min(2000, Number(limit) * MORE) })}>
                  Show older commits
                </a>
                {Number(limit) >= 2000 && ' The page shows 2,000; doltflow log shows all.'}
              </p>
            )}
            {branchesLeftOut > 0 && (
              <p class="quiet">{branchesLeftOut} more branches are not drawn: name one as the ref.</p>
            )}
          </>
        )}
      </Answered>
    </>
  )
}

function Row({
  commit,
  lanes,
  database,
}: {
  commit: Commit
  lanes: LaneRow | undefined
  database: DatabaseInfo
}): JSX.Element {
  const { hash, author, date, trailers } = commit
  const names = (refs: readonly { name: string; hash: string }[]): string[] =>
    refs.filter((ref) => ref.hash === hash).map(({ name }) => name)
  const run = trailers['Doltflow-Run']
  return (
    <li class="commit">
      {lanes && <Lanes lanes={lanes} isMerge={commit.parents.length > 1} />}
      <div class="said">
        <div class="line">
          {names(database.branches).map((name) => (
            <a key={name} class="ref branch" href={link('tables', { at: name })} aria-label={`branch ${name}`}>
              {name}
            </a>
          ))}
          {names(database.tags).map((name) => (
            <a key={name} class="ref tag" href={link('tables', { at: name })} aria-label={`tag ${name}`}>
              {name}
            </a>
          ))}
          <a class="subject" href={link('commit', { ref: hash })}>
            <bdi>{subject(commit)}</bdi>
          </a>
        </div>
        <div class="line quiet">
          <span class="hash">{short(hash)}</span> {time(date)}{' '}
          {run !== undefined && (
            <>
              <a href={link('run', { id: run })}>run {run}</a>{' '}
            </>
          )}
          {nameOf(author)}
        </div>
      </div>
    </li>
  )
}

function Lanes({ lanes: { lane, above, below, width }, isMerge }: { lanes: LaneRow; isMerge: boolean }): JSX.Element {
  const x = (at: number): number => LANE * (Math.min(at, LANES) + 0.5)
  const middle = HEIGHT / 2
  const curve = (from: number, to: number, top: number): string => {
    const half = top + middle / 2
    return `M${x(from)} ${top}C${x(from)} ${half} ${x(to)} ${half} ${x(to)} ${top + middle}`
  }
  const drawn = Math.min(width, LANES + 1) * LANE
  return (
    <svg class="lanes" width={drawn} height={HEIGHT} viewBox={`0 0 ${drawn} ${HEIGHT}`} aria-hidden="true">
      {above.map(({ from, to }) => (
        <path key={`a${from}`} class={`lane lane${to % 6}`} d={curve(from, to, 0)} />
      ))}
      {below.map(({ from, to }) => (
        <path key={`b${from}-${to}`} class={`lane lane${to % 6}`} d={curve(from, to, middle)} />
      ))}
      <circle class={`dot lane${lane % 6}${isMerge ? ' merge' : ''}`} cx={x(lane)} cy={middle} r="5" />
    </svg>
  )
}

function moveByArrows(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  const list = event.currentTarget as HTMLElement
  const links = [...list.querySelectorAll<HTMLElement>('a.subject')]
  const here = links.indexOf(document.activeElement as HTMLElement)
  if (step === undefined || here < 0) return
  event.preventDefault()
  links[here + step]?.focus()
}
