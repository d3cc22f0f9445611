import type { Style } from './output.ts'
import { cut, pad, visible, widthOf } from './width.ts'

export interface Cell {
  text: string
  /** Numbers stand at the right. */
  right?: boolean
  style?: Style
}

export interface TextTableOptions {
  /** Without it nothing is cut. */
  columns?: number | undefined
  /** Names of columns that are shown whole or not at all: hashes, dates. */
  keep?: readonly string[]
  /** How much of a column is shown at least, by its name; for it, columns at the right go. Default: 6 */
  least?: Readonly<Record<string, number>>
  paint?: (style: Style, text: string) => string
}

const GAP = 2
const NARROWEST = 6

/** Rows under a header, aligned; cut to the terminal's width, the widest columns first, then those at the right. */
export function alignedTable(
  header: readonly string[],
  rows: readonly (readonly (string | Cell)[])[],
  options: TextTableOptions = {},
): string[] {
  const { columns, keep = [], least = {}, paint = (_style, text) => text } = options
  const limit = columns ?? Number.MAX_SAFE_INTEGER
  const cells = rows.map((row) => row.map((cell) => shownCell(cell, limit)))
  const names = header.map((name) => shownCell(name, limit).text)
  // As many arguments as rows would be too many for a call.
  const natural = names.map((name, index) =>
    cells.reduce((widest, row) => Math.max(widest, widthOf(row[index]!.text)), widthOf(name)),
  )
  const widths =
    columns === undefined
      ? natural
      : fitted(
          natural,
          header.map((name) => (keep.includes(name) ? Infinity : (least[name] ?? NARROWEST))),
          columns,
        )
  const hidden = natural.length - widths.length
  const line = (row: readonly Cell[], style?: Style): string => {
    const parts = widths.map((width, index) => {
      const cell = row[index]!
      const text = cut(cell.text, width)
      const last = index === widths.length - 1 && hidden === 0
      const filled = last && !cell.right ? text : pad(text, width, cell.right)
      return style || cell.style ? paint((style ?? cell.style)!, filled) : filled
    })
    return [...parts, ...(hidden > 0 ? ['…'] : [])].join(' '.repeat(GAP))
  }
  const right = names.map(
    (_, index) => cells.length > 0 && cells.every((row) => row[index]!.right || row[index]!.text === 'NULL'),
  )
  const head = line(
    names.map((text, index) => ({ text, right: right[index]! })),
    'bold',
  )
  const more =
    hidden === 0
      ? []
      : [
          paint(
            'dim',
            `(${hidden} more ${hidden === 1 ? 'column' : 'columns'}: ${cut(names.slice(-hidden).join(', '), Math.max(10, limit - 20))})`,
          ),
        ]
  return [head, ...cells.map((row) => line(row)), ...more]
}

function shownCell(cell: string | Cell, limit: number): Cell {
  const { text, ...rest } = typeof cell === 'string' ? { text: cell } : cell
  return { ...rest, text: cut(visible(text.length > limit * 20 ? text.slice(0, limit * 20) : text), limit) }
}

/** Widths that fit: the widest shrink to a common width; if that is too narrow, columns at the right go. */
function fitted(natural: readonly number[], narrowest: readonly number[], columns: number): number[] {
  const widths = [...natural]
  const least = natural.map((width, index) => Math.min(width, narrowest[index]!))
  const total = (some: readonly number[]): number => some.reduce((sum, width) => sum + width + GAP, -GAP)
  const room = (): number => columns - (widths.length < natural.length ? GAP + 1 : 0)
  while (widths.length > 1 && total(least.slice(0, widths.length)) > room()) widths.pop()
  for (let excess = total(widths) - room(); excess > 0; excess--) {
    const shrinkable = widths.map((width, index) => (width > least[index]! ? width : 0))
    const widest = Math.max(...shrinkable)
    if (widest === 0) break
    widths[shrinkable.lastIndexOf(widest)]! -= 1
  }
  return widths
}
