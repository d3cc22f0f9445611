import type { PlainValues } from './plain-values.ts'

/** How many different values a dictionary has at most; the table of their hashes has twice the places. */
const MOST = 2 ** 15
const PLACES = MOST * 2
/** After so many values, of which nine in ten differ, none is made. */
const TRIED = 4096
/** How many values with like hashes are compared. */
const PROBES = 64

export interface Dictionary {
  /** Where its values are first. */
  firsts: Int32Array
  /** For each value its place in the dictionary. */
  indexes: Int32Array
}

/** A dictionary of values; undefined if it would not halve their bytes. */
export function dictionaryOf(values: PlainValues): Dictionary | undefined {
  const { count } = values
  const places = new Int32Array(PLACES)
  const firsts = new Int32Array(Math.min(count, MOST))
  const indexes = new Int32Array(count)
  let size = 0
  let bytes = 0
  for (let index = 0; index < count; index++) {
    if (index === TRIED && size > TRIED * 0.9) return undefined
    let place = values.hash(index) & (PLACES - 1)
    let found = places[place]! - 1
    for (let probe = 0; found !== -1 && !values.equals(firsts[found]!, index); probe++) {
      if (probe === PROBES) return undefined
      place = (place + 1) & (PLACES - 1)
      found = places[place]! - 1
    }
    if (found === -1) {
      if (size === MOST) return undefined
      found = size++
      firsts[found] = index
      places[place] = size
      bytes += values.size(index, index + 1)
    }
    indexes[index] = found
  }
  const packed = (count * bitWidth(size)) / 8
  return 2 * (bytes + packed) > values.size(0, count) ? undefined : { firsts: firsts.subarray(0, size), indexes }
}

/** How many bits the places in a dictionary of this size have. */
export function bitWidth(size: number): number {
  return size < 2 ? 0 : 32 - Math.clz32(size - 1)
}
