/** What the page asks for: the name of a read, and what it is given. Those that are undefined or empty are left out. */
export type QuestionParams = Readonly<Record<string, string | number | undefined>>

/** What a question is called: the same whoever asks, so that a copy of the page finds its answer. */
export function questionOf(name: string, params: QuestionParams = {}): string {
  const given = Object.entries(params).flatMap(([key, value]): [string, string][] =>
    value === undefined || value === '' ? [] : [[key, String(value)]],
  )
  const words = new URLSearchParams(given)
  words.sort()
  return given.length === 0 ? name : `${name}?${words}`
}

/** How many rows the page asks for at once. */
export const BLOCK = 100
