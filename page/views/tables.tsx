import type { JSX } from 'preact'
import type { TableInfo } from '../../src/verbs/tables.ts'
import { useAsk } from '../ask.ts'
import { go, link } from '../route.ts'
import { Answered, CommitLink, Fields, grouped, short, subject, time } from '../shown.tsx'

/** The tables at a ref. */
export function Tables({ params: { at } }: { params: Readonly<Record<string, string>> }): JSX.Element {
  const asked = useAsk<{ at: string; tables: TableInfo[] }>('tables', { at })
  return (
    <>
      <h1>Tables{at ? ` at ${at}` : ''}</h1>
      <Fields
        action="Show"
        onGo={(given) => go('tables', given)}
        fields={[{ name: 'at', label: 'Ref', value: at, list: 'refs' }]}
      />
      <Answered asked={asked}>
        {({ at: commit, tables }) =>
          tables.length === 0 ? (
            <p>
              No tables at <CommitLink hash={commit} />.
            </p>
          ) : (
            <div class="wide" tabIndex={0} role="region" aria-label="Tables">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Table</th>
                    <th scope="col" class="right">
                      Rows
                    </th>
                    <th scope="col">Key</th>
                    <th scope="col">Last change</th>
                    <th scope="col">More</th>
                  </tr>
                </thead>
                <tbody>
                  {tables.map(({ name, rows, key, lastCommit }) => (
                    <tr key={name}>
                      <th scope="row">
                        <a href={link('table', { table: name, at })}>
                          <bdi>{name}</bdi>
                        </a>
                      </th>
                      <td class="right">{grouped(rows)}</td>
                      <td>{key.length === 0 ? <span class="quiet">none</span> : key.join(', ')}</td>
                      <td>
                        <a
                          href={link('diff', { table: name, to: lastCommit.hash, from: before(lastCommit) })}
                          title={subject(lastCommit)}
                        >
                          <span class="hash">{short(lastCommit.hash)}</span>
                        </a>{' '}
                        <span class="quiet">{time(lastCommit.date)}</span>
                      </td>
                      <td>
                        <a href={link('history', { table: name, at })} aria-label={`History of ${name}`}>
                          history
                        </a>{' '}
                        <a href={link('lineage', { table: name })} aria-label={`Lineage of ${name}`}>
                          lineage
                        </a>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Answered>
    </>
  )
}

function before({ hash, parents }: TableInfo['lastCommit']): string | undefined {
  return parents[0] === undefined ? undefined : `${hash}~1`
}
