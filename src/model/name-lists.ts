/** Some names, and how many more there are: an error is read, a list of two thousand columns is not. */
export function listed(names: readonly string[], most = 10): string {
  const shown = names.slice(0, most).join(', ')
  return names.length <= most ? shown : `${shown} and ${names.length - most} more`
}

/** A name that is there and differs from the given one only in its case. */
export function sameButCase(given: string, names: readonly string[]): string | undefined {
  return names.find((name) => name.toLowerCase() === given.toLowerCase())
}
