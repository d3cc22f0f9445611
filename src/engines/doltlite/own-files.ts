import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** What the files of databases begin with: DoltLite's and SQLite's. */
const MAGIC = ['CTLD', 'SQLite format 3\0']
/** How the files beside a database are named, which it can't be without. */
const BESIDE = [/^(.+)\.heads$/, /^\.(.+)-(?:lock|writer|alive-.+)$/]

/** Whether a path is a DoltLite database (or a plain SQLite one), or a file of its own beside it. */
export function isDoltliteFile(path: string): boolean {
  const name = basename(path)
  const beside = BESIDE.map((pattern) => pattern.exec(name)?.[1]).find((found) => found !== undefined)
  return hasMagic(path) || (beside !== undefined && hasMagic(join(dirname(path), beside)))
}

function hasMagic(path: string): boolean {
  if (!existsSync(path) || !statSync(path).isFile()) return false
  const head = Buffer.alloc(16)
  const file = openSync(path, 'r')
  try {
    readSync(file, head)
  } finally {
    closeSync(file)
  }
  return MAGIC.some((magic) => head.toString('latin1').startsWith(magic))
}
