import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { tell, type AskError } from './ask.ts'
import type { DatabaseInfo } from './database-info.ts'
import { Dialog } from './dialog.tsx'
import { Failure, short } from './shown.tsx'

/** What a change came to. */
interface Done {
  changed?: boolean
  toCommit?: string | null
  branch?: string | null
}

/** A button that says what it will do, and does it once that is confirmed. */
export function Writes({
  button,
  question,
  verb,
  what,
  disabled = false,
}: {
  button: string
  question: string
  verb: string
  what: object
  disabled?: boolean
}): JSX.Element {
  const [isAsking, setAsking] = useState(false)
  const [isWorking, setWorking] = useState(false)
  const [done, setDone] = useState<Done>()
  const [error, setError] = useState<AskError>()
  const act = async (): Promise<void> => {
    setWorking(true)
    setError(undefined)
    try {
      setDone(await tell<Done>(verb, what))
    } catch (failure) {
      setError(failure as AskError)
    }
    setWorking(false)
  }
  const close = (): void => {
    setAsking(false)
    // What was shown before is older now.
    if (done) location.reload()
  }
  return (
    <>
      <button type="button" disabled={disabled} onClick={() => setAsking(true)}>
        {button}
      </button>
      {isAsking && (
        <Dialog title={button} onClose={close}>
          <p>{question}</p>
          {error && <Failure code={error.code} message={error.message} />}
          {done ? (
            <p role="status">
              {done.changed === false
                ? 'Done: nothing had to change.'
                : `Done${done.toCommit ? `: ${done.branch} is at ${short(done.toCommit)}` : ''}.`}
            </p>
          ) : (
            <button type="button" class="strong" disabled={isWorking} onClick={act}>
              {isWorking ? 'Working …' : `Yes: ${button}`}
            </button>
          )}
        </Dialog>
      )}
    </>
  )
}

export function Restore({ table, at, database }: { table: string; at: string; database: DatabaseInfo }): JSX.Element {
  const { defaultBranch } = database
  return (
    <Writes
      button={`Restore ${table}`}
      question={`A new commit on ${defaultBranch} makes ${table} what it was at ${at}. What is there now stays in the history.`}
      verb="restore"
      what={{ table, at, branch: defaultBranch }}
    />
  )
}

export function Tag({ hash }: { hash: string }): JSX.Element {
  const [name, setName] = useState('')
  return (
    <p class="line">
      <label>
        New tag{' '}
        <input
          value={name}
          onInput={({ currentTarget }) => setName(currentTarget.value)}
          autocomplete="off"
          spellcheck={false}
        />
      </label>
      <Writes
        button="Make the tag"
        question={`The tag ${name} will name the commit ${short(hash)}.`}
        verb="tag"
        what={{ name, ref: hash }}
        disabled={name === ''}
      />
    </p>
  )
}
