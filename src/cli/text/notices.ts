import type { Action } from '../../model/action.ts'
import { listed } from '../../model/name-lists.ts'
import { messageFor } from '../../spelling.ts'
import type { Output } from './output.ts'
import { count } from './words.ts'

/** How many notes of one kind are told of one table: nineteen mixed columns need no nineteen paragraphs. */
const TOLD = 3

interface Told {
  table: string | null
  message: string
}

/** What should be known of what was done: of several tables one note of a kind, with the names of the others. */
export function tellNotices(actions: readonly Pick<Action, 'table' | 'notices'>[], errors: Output): void {
  for (const [code, told] of byCode(actions)) {
    const messages = [...new Set(told.map(({ message }) => message))]
    if (code === 'SINK_FAILED') for (const message of messages) errors.paragraph('warning:', 'yellow', message)
    else for (const message of shortened(code, told, messages)) tellNote(message, errors)
  }
}

export function tellNote(message: string, errors: Output): void {
  errors.paragraph('note:', 'cyan', message)
}

function shortened(code: string, told: readonly Told[], messages: readonly string[]): string[] {
  const [first, ...others] = new Set(told.map(({ table }) => table ?? ''))
  if (others.length > 0 && messages.length > 1)
    return [
      `${messages[0]} (First of ${count(others.length + 1, 'table')} with this note: ${listed([first!, ...others])}.)`,
    ]
  const more = messages.length - TOLD
  return [
    ...messages.slice(0, TOLD),
    ...(more > 0 ? [`${count(more, 'more note')} of this kind (${code}); --json has all of them.`] : []),
  ]
}

function byCode(actions: readonly Pick<Action, 'table' | 'notices'>[]): Map<string, Told[]> {
  const found = new Map<string, Told[]>()
  for (const { table, notices } of actions)
    for (const notice of notices)
      found.set(notice.code, [...(found.get(notice.code) ?? []), { table, message: messageFor('shell', notice) }])
  return found
}
