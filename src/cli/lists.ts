import { UsageError } from '../errors.ts'

/**
 * The names in a list: parted by commas; one that holds a comma stands in quotes, as in CSV: `"a,b",c`.
 * @throws {UsageError} OPTION_INVALID
 */
export function namesIn(text: string, what: string): string[] {
  const names: string[] = []
  const rest = /\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(,|$)/y
  for (;;) {
    const match = rest.exec(text)
    if (!match)
      throw new UsageError(
        'OPTION_INVALID',
        `${what} ${JSON.stringify(text)} is no list. Write name,name, and put a name with a comma in quotes: '"a,b",c'.`,
        { data: { value: text } },
      )
    names.push(match[1]?.replaceAll('""', '"') ?? match[2]!.trim())
    if (match[3] === '') return names
  }
}

/** The names in an option that may be repeated. */
export function allNames(given: readonly string[] | undefined, what: string): string[] | undefined {
  return given?.flatMap((text) => namesIn(text, what))
}
