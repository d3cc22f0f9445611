import type { Database } from '../database.ts'
import type { Effects } from './effects.ts'

/** A database's URL that means the same in another folder. */
export function absoluteUrl({ effects }: { effects: Effects }, url: string, { location }: Database): string {
  return /^[a-z][a-z0-9+.-]+:/i.test(url) && !url.startsWith('file:')
    ? url.replace(/^dolt:(?!\/)/, `dolt:${effects.cwd}/`)
    : location
}
