import type { JSX } from 'preact'
import type { Commit as CommitData, TableDiff } from '../../src/types.ts'
import { useAsk } from '../ask.ts'
import type { DatabaseInfo } from '../database-info.ts'
import { link } from '../route.ts'
import { Answered, CommitLink, subject, time } from '../shown.tsx'
import { Tag } from '../writing.tsx'
import { ChangedTables } from './diff.tsx'

/** One commit, and the tables that it changed. */
export function Commit({
  params: { ref = '' },
  database,
}: {
  params: Readonly<Record<string, string>>
  database: DatabaseInfo
}): JSX.Element {
  const asked = useAsk<{ commit: CommitData; tables: TableDiff[] }>('commit', { ref })
  return (
    <Answered asked={asked}>
      {({ commit, tables }) => (
        <>
          <h1>
            <bdi>{subject(commit)}</bdi>
          </h1>
          <dl>
            <dt>Commit</dt>
            <dd class="hash">{commit.hash}</dd>
            <dt>Author</dt>
            <dd>{commit.author}</dd>
            <dt>Date</dt>
            <dd>{time(commit.date)} UTC</dd>
            <dt>{commit.parents.length === 1 ? 'Parent' : 'Parents'}</dt>
            <dd>
              {commit.parents.length === 0 && 'none'}
              {commit.parents.map((hash) => (
                <span key={hash}>
                  <CommitLink hash={hash} />{' '}
                </span>
              ))}
            </dd>
            {Object.entries(commit.trailers).map(([name, value]) => (
              <TrailerOf key={name} name={name} value={value} />
            ))}
          </dl>
          {commit.message.includes('\n') && <pre>{commit.message}</pre>}
          <p>
            <a href={link('tables', { at: commit.hash })}>Tables at this commit</a>
          </p>
          <h2>What it changed</h2>
          <ChangedTables
            tables={tables}
            from={commit.parents.length === 0 ? undefined : `${commit.hash}~1`}
            to={commit.hash}
          />
          {database.writes && <Tag hash={commit.hash} />}
        </>
      )}
    </Answered>
  )
}

function TrailerOf({ name, value }: { name: string; value: string }): JSX.Element {
  return (
    <>
      <dt>{name.replace('Doltflow-', '')}</dt>
      <dd>{name === 'Doltflow-Run' ? <a href={link('run', { id: value })}>{value}</a> : value}</dd>
    </>
  )
}
