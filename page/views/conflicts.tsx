import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { PageCell } from '../../src/cli/ui/cells.ts'
import { useAsk } from '../ask.ts'
import type { DatabaseInfo } from '../database-info.ts'
import { go, link } from '../route.ts'
import { Answered, Cell, CommitLink, count, Fields } from '../shown.tsx'
import { Writes } from '../writing.tsx'

/** A cell; or a row, cell by cell, where one side deleted it. */
type Side = PageCell | { column: string; cell: PageCell }[]

interface ShownConflict {
  table: string
  key: string
  names: string[]
  column: string | null
  base: Side
  ours: Side
  theirs: Side
}

interface ConflictsFound {
  branch: string
  into: string
  heads: { ours: string; theirs: string }
  rows: number
  conflicts: ShownConflict[]
  truncated: boolean
}

const SIDES = ['ours', 'theirs', 'base'] as const
type Word = (typeof SIDES)[number]

/** What conflicts if a branch is merged, and what decides it. */
export function Conflicts({
  params,
  database,
}: {
  params: Readonly<Record<string, string>>
  database: DatabaseInfo
}): JSX.Element {
  const { branch, into } = params
  const kept = database.conflicts
  const looked = branch ?? (kept.length === 1 ? kept[0] : undefined)
  const asked = useAsk<ConflictsFound>(looked === undefined ? undefined : 'conflicts', { branch: looked, into })
  return (
    <>
      <h1>Conflicts</h1>
      <Fields
        action="Look"
        onGo={(given) => go('conflicts', given)}
        fields={[
          { name: 'branch', label: 'Merge', value: looked, list: 'branches' },
          { name: 'into', label: 'Into', value: into ?? database.defaultBranch, list: 'branches' },
        ]}
      />
      {kept.length > 0 && (
        <p>
          Work that is kept, since it conflicts:{' '}
          {kept.map((name) => (
            <span key={name}>
              <a href={link('conflicts', { branch: name, into })}>{name}</a>{' '}
            </span>
          ))}
        </p>
      )}
      {looked === undefined ? (
        <p>Name a branch to see what conflicts if it is merged. Nothing moves.</p>
      ) : (
        <Answered asked={asked}>
          {(found) => <Decide key={found.heads.theirs} found={found} database={database} />}
        </Answered>
      )}
    </>
  )
}

function Decide({ found, database }: { found: ConflictsFound; database: DatabaseInfo }): JSX.Element {
  const { branch, into, heads, conflicts, truncated } = found
  const [words, setWords] = useState<readonly (Word | undefined)[]>(conflicts.map(() => undefined))
  const open = words.filter((word) => word === undefined).length
  const all = (word: Word): void => setWords(conflicts.map(() => word))
  return (
    <>
      <p>
        {branch} (<CommitLink hash={heads.theirs} />) into {into} (<CommitLink hash={heads.ours} />
        ): {conflicts.length === 0 ? 'no conflict.' : `${count(found.rows, 'row')} in conflict.`}{' '}
        <a href={link('diff', { from: into, to: branch })}>differences</a>
      </p>
      {truncated && (
        <p class="failure">There are more than the page shows: decide them in a file, by doltflow conflicts.</p>
      )}
      {database.writes && conflicts.length > 1 && (
        <p class="line">
          {SIDES.map((side) => (
            <button key={side} type="button" onClick={() => all(side)}>
              All {side}
            </button>
          ))}
        </p>
      )}
      <ol class="plain">
        {conflicts.map((conflict, at) => (
          <li key={at} class="change">
            <OneConflict
              conflict={conflict}
              id={`c${at}`}
              into={into}
              word={words[at]}
              onWord={database.writes ? (word) => setWords(words.with(at, word)) : undefined}
            />
          </li>
        ))}
      </ol>
      {database.writes ? (
        <p class="line">
          <Writes
            button={`Merge ${branch} into ${into}`}
            question={`${into} gets what ${branch} changed${conflicts.length === 0 ? '' : `, and ${count(conflicts.length, 'decision')} as you chose`}, as a new commit.`}
            verb="merge"
            what={{
              branch,
              into,
              ...(conflicts.length > 0 && {
                decisions: conflicts.map(({ table, key, names, column }, at) => ({
                  table,
                  key,
                  names,
                  column,
                  decision: words[at],
                })),
              }),
            }}
            disabled={open > 0 || truncated}
          />{' '}
          {open > 0 && <span class="quiet">{count(open, 'conflict')} to decide</span>}
        </p>
      ) : (
        conflicts.length > 0 && <p class="quiet">The page only reads. To decide here, start it with --write.</p>
      )}
    </>
  )
}

function OneConflict({
  conflict: { table, key, column, ...sides },
  id,
  into,
  word,
  onWord,
}: {
  conflict: ShownConflict
  id: string
  into: string
  word: Word | undefined
  onWord: ((word: Word) => void) | undefined
}): JSX.Element {
  return (
    <fieldset>
      <legend>
        {table}, row{' '}
        <a href={link('row', { table, key, at: into })}>
          <bdi>{key.replace(/^\[|\]$/g, '')}</bdi>
        </a>
        {column === null ? '' : `, column ${column}`}
      </legend>
      <div class="sides">
        {SIDES.map((side) => (
          <label key={side} class={word === side ? 'side chosen' : 'side'}>
            {onWord && <input type="radio" name={id} checked={word === side} onChange={() => onWord(side)} />}
            <span class="quiet"> {side}</span>
            <span class="value">
              <SideOf side={sides[side]} isRow={column === null} />
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

function SideOf({ side, isRow }: { side: Side; isRow: boolean }): JSX.Element {
  if (isRow && side === null) return <em>no row</em>
  if (!Array.isArray(side)) return <Cell cell={side} />
  return (
    <>
      {side.map(({ column, cell }) => (
        <span key={column} class="block">
          <span class="quiet">{column} </span>
          <Cell cell={cell} />
        </span>
      ))}
    </>
  )
}
