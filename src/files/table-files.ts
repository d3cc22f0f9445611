import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isDatabaseFile } from '../engines/index.ts'
import { NotFoundError, UsageError } from '../errors.ts'
import { formatOf } from '../formats/index.ts'

/* A folder of tables: a file each, whose name is the table's. What no file's name can hold is written as in URLs. */

/** The name of a table's file: `orders.csv`. */
export function fileNameOf(table: string, format: string): string {
  return `${table.replace(/[%/\\:*?"<>|]|^\.|[. ]$/g, encoded)}.${format.toLowerCase()}`
}

/** What is in a folder, by table, and the files that are none of a known format (a database's own are no news). */
export interface TableFiles {
  sources: Record<string, string>
  others: string[]
}

/**
 * The tables' files in a folder; hidden files and folders are passed over.
 * @throws {NotFoundError} FILE_NOT_FOUND
 * @throws {UsageError} USAGE if two files are of one table
 */
export async function tableFiles(folder: string): Promise<TableFiles> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new NotFoundError('FILE_NOT_FOUND', `There is no folder ${folder}.`, { data: { path: folder }, cause })
  })
  const found = new Map<string, string>()
  const others: string[] = []
  const names = entries.filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name)
  for (const name of names.toSorted()) {
    const table = tableOf(name)
    if (table === undefined) {
      if (!isDatabaseFile(join(folder, name))) others.push(name)
      continue
    }
    const other = found.get(table)
    if (other !== undefined)
      throw new UsageError('USAGE', `${other} and ${name} in ${folder} are both of table ${table}. Keep one of them.`, {
        data: { table, files: [other, name] },
      })
    found.set(table, name)
  }
  return { sources: Object.fromEntries([...found].map(([table, name]) => [table, join(folder, name)])), others }
}

/** The table of a file; undefined if its extension names no format. */
function tableOf(name: string): string | undefined {
  const match = /^(.+?)\.([^.]+(?:\.gz)?)$/i.exec(name)
  if (!match || !isFormat(match[2]!)) return undefined
  return match[1]!.replace(/%([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}

function isFormat(extension: string): boolean {
  try {
    return formatOf(extension, undefined) !== undefined
  } catch {
    return false
  }
}

function encoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}
