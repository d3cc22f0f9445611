import type { SourceLine } from '../engine.ts'

/** A place in words, such as `orders.csv: Line 3`. */
export function placeText({ path, line }: SourceLine): string {
  return path === undefined ? `Line ${line}` : `${path}: Line ${line}`
}
