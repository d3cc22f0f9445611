import type { JSX } from 'preact'
import type { Check, CheckFailure } from '../../src/model/check.ts'
import { useAsk } from '../ask.ts'
import { go, link } from '../route.ts'
import { Answered, count, Fields, time } from '../shown.tsx'

type Checked = Omit<Check, 'rule'> & { rule: string; failure: CheckFailure | null }

/** The checks, and what they find at a ref. */
export function Checks({ params: { at } }: { params: Readonly<Record<string, string>> }): JSX.Element {
  const asked = useAsk<{ checks: Checked[] }>('checks', { at })
  return (
    <>
      <h1>Checks{at ? ` at ${at}` : ''}</h1>
      <Fields
        action="Check"
        onGo={(given) => go('checks', given)}
        fields={[{ name: 'at', label: 'Ref', value: at, list: 'refs' }]}
      />
      <Answered asked={asked}>
        {({ checks }) =>
          checks.length === 0 ? (
            <p>No checks yet. Add one: doltflow check add</p>
          ) : (
            <ul class="plain">
              {checks.map((check) => (
                <CheckItem key={check.name} check={check} at={at} />
              ))}
            </ul>
          )
        }
      </Answered>
    </>
  )
}

function CheckItem({
  check: { name, table, rule, level, author, at: added, failure },
  at,
}: {
  check: Checked
  at: string | undefined
}): JSX.Element {
  const word = failure === null ? 'holds' : level === 'warn' ? 'warns' : 'fails'
  return (
    <li class="change">
      <h2>
        {name} <span class={`status ${word}`}>{word}</span>
      </h2>
      <p>
        <a href={link('table', { table, at })}>{table}</a> <code>{rule}</code>
      </p>
      {failure && (
        <>
          <p class="failure">
            {failure.reason}
            {failure.total !== null && ` (${count(failure.total, 'row')})`}
          </p>
          <ul>
            {failure.rows.slice(0, 10).map((row, place) => (
              <li key={place}>
                <bdi>
                  {Object.entries(row)
                    .map(([column, value]) => `${column} ${String(value)}`)
                    .join(', ')}
                </bdi>
              </li>
            ))}
          </ul>
        </>
      )}
      <p class="quiet">
        {level === 'warn' ? 'Warns only' : 'Refuses'}; added by {author}, {time(added)}
      </p>
    </li>
  )
}
