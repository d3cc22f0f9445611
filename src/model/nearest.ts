/** Names shorter than this are too close to one another to be slips. */
const SHORT = 5

/** The known word nearest to one that is not known; undefined if none is near. */
export function nearest(given: string, known: readonly string[]): string | undefined {
  const word = given.toLowerCase()
  const begun = word.length < 2 ? [] : known.filter((name) => name.startsWith(word))
  if (begun.length === 1) return begun[0]
  const near = known
    .map((name) => ({ name, distance: distance(word, name) }))
    .filter((entry) => entry.distance <= (begun.includes(entry.name) ? 1 : furthest(word)))
  return near.toSorted((a, b) => a.distance - b.distance)[0]?.name
}

/** The name that a new one may be a slip of; `sales_2025` is none of `sales_2024`, nor `baz` of `bar`. */
export function slipOf(name: string, known: readonly string[]): string | undefined {
  const word = name.toLowerCase()
  if (word.length < SHORT) return undefined
  const bare = withoutDigits(word)
  return known.find((other) => {
    const there = other.toLowerCase()
    return there !== word && withoutDigits(there) !== bare && distance(word, there) <= furthest(word)
  })
}

function withoutDigits(word: string): string {
  return word.replace(/\d+/g, '')
}

/** A short word has too many neighbours: half of `nope` is in `copy`. */
function furthest({ length }: string): number {
  if (length < 3) return 0
  return length < 6 ? 1 : 2
}
/** Letters to add, remove, replace or swap with their neighbour (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows: number[][] = Array.from({ length: a.length + 1 }, (_, index) => [index])
  for (let column = 1; column <= b.length; column++) rows[0]![column] = column
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min(rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1, rows[i - 1]![j - 1]! + change)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, rows[i - 2]![j - 2]! + 1)
      rows[i]![j] = best
    }
  return rows[a.length]![b.length]!
}
