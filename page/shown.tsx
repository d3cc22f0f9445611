import type { ComponentChildren, JSX } from 'preact'
import type { PageCell } from '../src/cli/ui/cells.ts'
import type { Commit } from '../src/types.ts'
import type { Asked } from './ask.ts'
import { link } from './route.ts'

export const short = (hash: string): string => hash.slice(0, 7)
export const grouped = (number: number): string => number.toLocaleString('en-US')
export const time = (iso: string): string => iso.slice(0, 16).replace('T', ' ')
export const nameOf = (author: string): string => author.replace(/ <[^>]*>$/, '')
export const count = (number: number, one: string): string => `${grouped(number)} ${one}${number === 1 ? '' : 's'}`
export const subject = ({ message }: Commit): string => message.split('\n')[0]!

/** A part that waits for an answer. */
export function Answered<T>({
  asked,
  children,
}: {
  asked: Asked<T>
  children: (data: T) => ComponentChildren
}): JSX.Element {
  if (asked.error) return <Failure code={asked.error.code} message={asked.error.message} />
  if (!asked.data) return <p class="quiet">Loading …</p>
  return <>{children(asked.data)}</>
}

export function Failure({ code, message }: { code: string; message: string }): JSX.Element {
  return (
    <p class="failure" role="alert">
      <strong>{code}</strong> {message}
    </p>
  )
}

/** A cell's text is a text, whatever stands in it. */
export function Cell({ cell, whole }: { cell: PageCell | undefined; whole?: (() => void) | undefined }): JSX.Element {
  if (cell === null || cell === undefined) return <span class="null">NULL</span>
  if (typeof cell === 'string') return cell === '' ? <span class="null">""</span> : <bdi>{cell}</bdi>
  if ('number' in cell) return <span class="number">{cell.number}</span>
  const left = `+${grouped(cell.characters - cell.shown)}`
  // First, since the text fills what is left.
  return (
    <>
      {whole ? (
        <button type="button" class="small" aria-label={`${left} characters: show all`} onClick={whole}>
          {left}
        </button>
      ) : (
        <span class="quiet">{left} characters</span>
      )}{' '}
      <bdi>{cell.cut}…</bdi>
    </>
  )
}

export function CommitLink({ hash }: { hash: string }): JSX.Element {
  return (
    <a class="hash" href={link('commit', { ref: hash })}>
      {short(hash)}
    </a>
  )
}

export function Counts({
  added,
  modified,
  removed,
}: {
  added: number
  modified: number
  removed: number
}): JSX.Element {
  return (
    <span class="counts">
      <span class="added" title="added">
        +{grouped(added)}
      </span>{' '}
      <span class="modified" title="modified">
        ~{grouped(modified)}
      </span>{' '}
      <span class="removed" title="removed">
        −{grouped(removed)}
      </span>
    </span>
  )
}

/** A form that leads to a view, with what is typed. */
export function Fields({
  fields,
  action,
  onGo,
}: {
  fields: readonly { name: string; label: string; value: string | undefined; list?: string }[]
  action: string
  onGo: (given: Record<string, string>) => void
}): JSX.Element {
  return (
    <form
      class="fields"
      onSubmit={(event) => {
        event.preventDefault()
        onGo(Object.fromEntries([...new FormData(event.currentTarget)].map(([name, value]) => [name, String(value)])))
      }}
    >
      {fields.map(({ name, label, value, list }) => (
        <label key={`${name} ${value}`}>
          {label} <input name={name} defaultValue={value ?? ''} list={list} autocomplete="off" spellcheck={false} />
        </label>
      ))}
      <button type="submit">{action}</button>
    </form>
  )
}
