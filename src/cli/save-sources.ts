import { UsageError } from '../errors.ts'
import type { Source } from '../files/source.ts'
import { tableFiles } from '../files/table-files.ts'
import { shellWord } from '../model/shell-word.ts'
import type { TableOptions } from '../verbs/save/save-options.ts'
import { allNames } from './lists.ts'

/** What is to be saved: one table, or several as one commit. */
export type Sources = { table: string; files: string[] } | { tables: Record<string, Source>; others: string[] }

/**
 * What the words behind `save` and its option `--all` name.
 * @throws {UsageError} USAGE if they name nothing, or two things
 * @throws {NotFoundError} FILE_NOT_FOUND
 */
export async function sourcesOf(
  positionals: readonly string[],
  all: string | undefined,
  path: (given: string) => string,
): Promise<Sources> {
  if (all !== undefined) {
    if (positionals.length > 0)
      throw new UsageError('USAGE', `--all ${all} saves the files in that folder: leave ${positionals.join(' ')} out.`)
    const { sources, others } = await tableFiles(path(all))
    if (Object.keys(sources).length === 0)
      throw new UsageError('USAGE', `The folder ${all} has no file of a known format, such as orders.csv.`)
    return { tables: sources, others }
  }
  const pairs = positionals.map((word) => /^([^=]+)=(.+)$/s.exec(word))
  if (positionals.length > 0 && pairs.every((pair) => pair !== null))
    return { tables: paired(pairs as RegExpExecArray[], path), others: [] }
  const [table, ...files] = positionals
  if (table !== undefined && files.length > 0) return { table, files }
  throw missing(table)
}

function missing(word: string | undefined): UsageError {
  const name = word === undefined ? undefined : tableNameOf(word)
  const what = word === undefined ? 'TABLE and FILE' : name === undefined ? 'FILE' : `the TABLE before ${word}`
  const advice =
    name === undefined
      ? 'doltflow save TABLE FILE, or TABLE=FILE for each of several tables, or --all DIR'
      : `doltflow save ${shellWord(name)} ${shellWord(word!)}`
  return new UsageError('USAGE', `doltflow save needs ${what}: ${advice}`, {
    data: { verb: 'save', missing: word === undefined ? ['TABLE', 'FILE'] : [name === undefined ? 'FILE' : 'TABLE'] },
  })
}

/** The table that a file's name suggests; undefined if the word is no file's name. */
function tableNameOf(word: string): string | undefined {
  if (word === '-') return 'TABLE'
  return /^(?:.*[/\\])?([^/\\.]+)\.[\w.]+$/.exec(word)?.[1]
}

/** Several files of one table are one source. */
function paired(pairs: readonly RegExpExecArray[], path: (given: string) => string): Record<string, Source> {
  const files = new Map<string, string[]>()
  for (const [, table, file] of pairs as unknown as [string, string, string][]) {
    if (file === '-')
      throw new UsageError('USAGE', `Standard input is the only source of a save: doltflow save ${shellWord(table)} -`)
    files.set(table, [...(files.get(table) ?? []), path(file)])
  }
  return Object.fromEntries([...files].map(([table, paths]) => [table, paths.length === 1 ? paths[0]! : paths]))
}

/**
 * Options of single tables, and what is left for all: `--key orders=id` and `--type orders.price=text` are one table's.
 * @throws {UsageError} OPTION_INVALID
 */
export function perTable(
  tables: readonly string[],
  given: { key: readonly string[] | undefined; type: readonly string[] | undefined },
  columnTypes: (given: readonly string[]) => TableOptions['types'],
): { key: string[] | undefined; tables: Record<string, TableOptions> } {
  const options = new Map<string, TableOptions>()
  const own = (table: string): TableOptions => {
    if (!options.has(table)) options.set(table, {})
    return options.get(table)!
  }
  const shared: string[] = []
  for (const text of given.key ?? []) {
    const table = tables.find((name) => text.startsWith(`${name}=`))
    if (table === undefined) shared.push(text)
    else
      own(table).key = [
        ...((own(table).key as string[] | undefined) ?? []),
        ...allNames([text.slice(table.length + 1)], '--key')!,
      ]
  }
  for (const text of given.type ?? []) {
    const table = tables.find((name) => text.startsWith(`${name}.`))
    if (table === undefined)
      throw new UsageError(
        'OPTION_INVALID',
        `--type ${JSON.stringify(text)} names no table: with several, it is TABLE.column=type, such as ${tables[0]}.price=text. The tables: ${tables.join(', ')}`,
        { data: { value: text, tables } },
      )
    own(table).types = { ...own(table).types, ...columnTypes([text.slice(table.length + 1)]) }
  }
  return { key: shared.length === 0 ? undefined : allNames(shared, '--key'), tables: Object.fromEntries(options) }
}
