/** A set of whole numbers below a bound, a bit each, that tells how many of them are below one. */
export class BitSet {
  readonly #words: Uint32Array
  /** How many are in the words before each. */
  #before: Uint32Array | undefined

  constructor(bound: number) {
    this.#words = new Uint32Array((bound >>> 5) + 1)
  }

  add(number: number): void {
    this.#words[number >>> 5]! |= 1 << (number & 31)
  }

  /** How many are below `number`; none is added any more. */
  rank(number: number): number {
    this.#before ??= sums(this.#words)
    const word = number >>> 5
    return this.#before[word]! + bits(this.#words[word]! & ((1 << (number & 31)) - 1))
  }
}

function sums(words: Uint32Array): Uint32Array {
  const before = new Uint32Array(words.length)
  for (let word = 1; word < words.length; word++) before[word] = before[word - 1]! + bits(words[word - 1]!)
  return before
}

function bits(word: number): number {
  let count = 0
  for (let rest = word; rest !== 0; rest &= rest - 1) count++
  return count
}
