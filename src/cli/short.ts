import { statSync } from 'node:fs'

/** In bytes: with less than that a save or a load takes a fraction of a second, and an interrupt can wait for it. */
const SMALL_SOURCE = 1 << 18
const SMALL_DATABASE = 1 << 25

/** Whether to work with these is short. @param url the database, which may not be there yet */
export function isShortWork(url: string, sources: readonly string[]): boolean {
  return sizeOf([url], { missing: 0 }) <= SMALL_DATABASE && sizeOf(sources, { missing: Infinity }) <= SMALL_SOURCE
}

/** Of what is no file, such as a pipe or a server, nobody knows the size. */
function sizeOf(paths: readonly string[], { missing }: { missing: number }): number {
  return paths.reduce((sum, path) => {
    const found = /^[a-z][a-z0-9+.-]+:/i.test(path) ? undefined : statSync(path, { throwIfNoEntry: false })
    return sum + (found === undefined ? missing : found.isFile() ? found.size : Infinity)
  }, 0)
}
