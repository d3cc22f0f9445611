import { csvWriter } from '../formats/csv/index.ts'
import { cellText } from '../model/cells.ts'
import type { RowDiff, Value } from '../types.ts'
import { rowDiffLines, type SideTypes } from './text/diff-lines.ts'
import { toJson } from './text/json.ts'
import type { Output } from './text/output.ts'

export type RowFormat = 'json' | 'table' | 'csv' | 'jsonl'

export interface RowWriter {
  row(diff: RowDiff, first: boolean): void
  end(shown: number): void
}

export interface RowWriting {
  /** What is compared, for the head of a JSON document. */
  compared: { table: string; from: string; to: string }
  columns: readonly string[]
  types: SideTypes
  key: readonly string[]
}

/** Rows are written as they come: a difference may be larger than memory. */
export function rowWriter(out: Output, format: RowFormat, { compared, columns, types, key }: RowWriting): RowWriter {
  switch (format) {
    case 'json':
      out.write(toJson(compared).replace(/\}$/, ',"rows":['))
      return {
        row: (diff, first) => out.write(`${first ? '' : ','}${toJson(narrowed(diff, columns))}`),
        end: () => out.line(']}'),
      }
    case 'jsonl':
      return { row: (diff) => out.line(toJson(narrowed(diff, columns))), end: () => {} }
    case 'csv': {
      const cells = columns.filter((column) => !key.includes(column))
      const writer = csvWriter([
        freeName('kind', key),
        ...key,
        ...cells.flatMap((column) => [freeName(`before_${column}`, key), freeName(`after_${column}`, key)]),
      ])
      const text = (value: Value | undefined, side: keyof SideTypes, column: string): string | null =>
        cellText(value, types[side].get(column) ?? 'any')
      out.write(writer.head())
      return {
        row: ({ kind, key: values, before, after }) =>
          out.write(
            writer.rows([
              [
                kind,
                ...key.map((column) => text(values[column], after ? 'after' : 'before', column)),
                ...cells.flatMap((column) => [
                  text(before?.[column], 'before', column),
                  text(after?.[column], 'after', column),
                ]),
              ],
            ]),
          ),
        end: () => {},
      }
    }
    case 'table':
      return {
        row: (diff) => rowDiffLines(diff, columns, types, out).forEach((line) => out.line(line)),
        end(shown) {
          if (shown === 0) out.line('no rows differ')
        },
      }
  }
}

/** A name of ours, with as many _ before it as keep it apart from the key's columns. */
function freeName(name: string, key: readonly string[]): string {
  return key.includes(name) ? freeName(`_${name}`, key) : name
}

/** A row with the chosen columns alone. */
function narrowed({ kind, key, before, after }: RowDiff, columns: readonly string[]): RowDiff {
  const pick = (row: Record<string, Value> | null): Record<string, Value> | null =>
    row && Object.fromEntries(Object.entries(row).filter(([name]) => columns.includes(name) || name in key))
  return { kind, key, before: pick(before), after: pick(after) }
}
