import { UsageError } from '../errors.ts'
import type { Call } from './call.ts'
import { count } from './text/words.ts'

/** How many rows or commits a terminal is shown; a pipe or a file gets all. */
const ON_TERMINAL = 50

/** A number of rows or commits. @throws {UsageError} OPTION_INVALID */
export function limitOf(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined
  if (!/^[1-9]\d{0,14}$/.test(text))
    throw new UsageError('OPTION_INVALID', `${option} is a whole number from 1 on, not ${JSON.stringify(text)}.`, {
      data: { option, value: text },
    })
  return Number(text)
}

/** How many are shown: as many as are asked for, else what fits a terminal, else all. @throws {UsageError} OPTION_INVALID */
export function shownLimit<Specs>({ values, out, json }: Call<Specs>): number {
  const { limit } = values as { limit?: string }
  return limitOf(limit, '--limit') ?? (out.isTTY && !json ? ON_TERMINAL : Infinity)
}

/** Says that there is more, and how to see all. @param number how many more, if that is known */
export function moreLine<Specs>(
  { values, out, typed }: Call<Specs>,
  one: string,
  number?: number,
  kind = 'more',
): string {
  const { limit } = values as { limit?: string }
  const more = number === undefined ? `${kind} ${one}s` : count(number, `${kind} ${one}`)
  const how = limit === undefined ? `--limit N, or all: ${typed} | less` : `--limit allows ${count(Number(limit), one)}`
  return out.paint('dim', `… and ${more}: ${how}`)
}
