import { UsageError } from '../../errors.ts'
import { namesIn } from '../lists.ts'

/** An input as `--in` names it. */
export interface InputWord {
  table: string
  columns?: string[]
  at?: string
  changes?: true | 'before'
  file?: string
}

/**
 * What `--in` says: `TABLE`, with the columns that count, a ref, `:changes` and a file: `orders[id,price]@main~1:changes=orders.csv`.
 * @throws {UsageError} OPTION_INVALID
 */
export function inputWord(text: string): InputWord {
  const [, head, file] = /^([^=]*)(?:=(.+))?$/s.exec(text) ?? []
  const [, rest, changes] = /^(.*?)(?::(changes(?:\+before)?))?$/s.exec(head ?? '')!
  const [, table, columns, at] = /^([^[@]+)(?:\[([^\]]*)\])?(?:@(.+))?$/s.exec(rest!) ?? []
  if (table === undefined || head === undefined)
    throw new UsageError(
      'OPTION_INVALID',
      `--in ${JSON.stringify(text)} names no table. Write TABLE, and behind it, as needed, [column,…], @REF, :changes and =FILE.`,
      { data: { option: '--in', value: text } },
    )
  return {
    table,
    ...(columns === undefined ? {} : { columns: namesIn(columns, 'The list of columns') }),
    ...(at === undefined ? {} : { at }),
    ...(changes === undefined ? {} : { changes: changes === 'changes' ? true : ('before' as const) }),
    ...(file === undefined ? {} : { file }),
  }
}

/** What `--out` says: `TABLE` or `TABLE=FILE`. @throws {UsageError} OPTION_INVALID */
export function outputWord(text: string): { table: string; file?: string } {
  const [, table, file] = /^([^=]+)(?:=(.+))?$/s.exec(text) ?? []
  if (table === undefined)
    throw new UsageError('OPTION_INVALID', `--out ${JSON.stringify(text)} names no table. Write TABLE or TABLE=FILE.`, {
      data: { option: '--out', value: text },
    })
  return file === undefined ? { table } : { table, file }
}

/** Parameters as `name=value`: JSON if it is such, else text. @throws {UsageError} OPTION_INVALID */
export function paramWords(texts: readonly string[] = []): Record<string, unknown> {
  return Object.fromEntries(
    texts.map((text) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
      if (name === undefined)
        throw new UsageError('OPTION_INVALID', `--param ${JSON.stringify(text)} has no value. Write name=value.`, {
          data: { option: '--param', value: text },
        })
      return [name, jsonOrText(value!)]
    }),
  )
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** Where the files of inputs and outputs are, by table. */
export interface StepFiles {
  in: ReadonlyMap<string, string>
  out: ReadonlyMap<string, string>
}

/**
 * The words of a command with the files in the place of `{table}`, `{in:table}` and `{out:table}`.
 * @throws {UsageError} USAGE if a name is both an input and an output
 */
export function withFiles(words: readonly string[], files: StepFiles): string[] {
  return words.map((word) =>
    word.replace(/\{(?:(in|out):)?([^{}]+)\}/g, (whole, side: 'in' | 'out' | undefined, table: string) => {
      const found = side ? [files[side].get(table)] : [files.in.get(table), files.out.get(table)]
      const [path, other] = found.filter((one) => one !== undefined)
      if (other !== undefined)
        throw new UsageError('USAGE', `{${table}} is an input and an output. Write {in:${table}} or {out:${table}}.`)
      return path ?? whole
    }),
  )
}

/** The files by names for a shell: `DOLTFLOW_IN_ORDERS`. */
export function fileVariables(files: StepFiles): Record<string, string> {
  const variables: Record<string, string> = {}
  for (const side of ['in', 'out'] as const)
    for (const [table, path] of files[side])
      variables[`DOLTFLOW_${side}_${table}`.toUpperCase().replace(/[^A-Z0-9_]/g, '_')] = path
  return variables
}
