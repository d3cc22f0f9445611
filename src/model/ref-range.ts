/** A range of refs as Git writes it. */
export interface RefRange {
  /** Default: HEAD */
  from: string
  to: string
  /** Whether it begins where the two parted (`A...B`), and not at `from` itself (`A..B`). */
  isThreeDot: boolean
}

/** What a range names; undefined for a ref that is none. A branch's or a tag's name has no two dots. */
export function refRange(text: string): RefRange | undefined {
  const [, from, dots, to] = /^(.*?)(\.{2,3})([^.].*|)$/s.exec(text) ?? []
  if (dots === undefined || text.startsWith('run:')) return undefined
  return { from: from || 'HEAD', to: to || 'HEAD', isThreeDot: dots === '...' }
}
