import { columnDuplicateFault, columnEmptyFault, type TextPlace } from './faults.ts'

/**
 * Checks the names of the columns that a header gives. Names that differ in ASCII case only are the same
 * to the engines, hence duplicates.
 * @param place tells where the cell with this index (from 0) begins
 * @throws {SourceError} COLUMN_EMPTY, COLUMN_DUPLICATE
 */
export function checkNames(names: readonly string[], place: (index: number) => TextPlace): void {
  const seen = new Map<string, number>()
  names.forEach((name, index) => {
    if (name === '') throw columnEmptyFault(index + 1, place(index))
    const folded = name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
    const earlier = seen.get(folded)
    if (earlier !== undefined) {
      throw columnDuplicateFault([names[earlier]!, name], [earlier + 1, index + 1], place(index))
    }
    seen.set(folded, index)
  })
}

/** The names `c1`, `c2`, … of a file without a header. */
export function numberedNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `c${index + 1}`)
}
