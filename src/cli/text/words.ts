import type { Commit, DiffCounts } from '../../types.ts'

/** From so many columns on a terminal has room for seconds. */
const WIDE = 100

/** `1,234 rows`, `1 row` */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${grouped(number)} ${number === 1 ? one : many}`
}

/** `1,234`, of a whole number. What the language has for it takes 10 ms to begin. */
export function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `14 kB` */
export function bytes(number: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  let unit = 0
  let value = number
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : Number(value.toPrecision(2))} ${units[unit]}`
}

/** `12 ms`, `3.4 s` */
export function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(1)} s`
}

/** `+1 ~2 -3`: rows added, modified, removed */
export function changes({ added, modified, removed }: { [Name in keyof DiffCounts]: number | null }): string {
  return `+${grouped(added ?? 0)} ~${grouped(modified ?? 0)} -${grouped(removed ?? 0)}`
}

/** The beginning of a hash, which is a ref, too. */
export function short(hash: string | null): string {
  return (hash ?? '').slice(0, 7)
}

/** `2026-11-23 05:14:17`, in UTC: a ref, too. */
export function time(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ')
}

/** A time in a table: to the minute on a narrow terminal. */
export function tableTime(iso: string, columns: number | undefined): string {
  return columns !== undefined && columns < WIDE ? time(iso).slice(0, 16) : time(iso)
}

export function subject({ message }: Commit): string {
  return message.split('\n')[0]!
}

/** The name of `Name <email>`. */
export function nameOf(author: string | null): string {
  return (author ?? '').replace(/ <[^>]*>$/, '')
}

/** A URL without its password. */
export function withoutPassword(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]*:\/\/[^\s:@/"]*):[^\s@/"]+@/gi, '$1:***@')
}
