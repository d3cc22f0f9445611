/** A word as a shell takes it: in quotes if it has more than plain signs. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./~^-]+$/.test(word) && !word.startsWith('~') ? word : `'${word.replaceAll("'", "'\\''")}'`
}
