import { nearest } from '../model/nearest.ts'

/** ` Did you mean …?`, or nothing. */
export function didYouMean(word: string, known: readonly string[], prefix = ''): string {
  const name = nearest(word, known)
  return name === undefined ? '' : ` Did you mean ${prefix}${name}?`
}
