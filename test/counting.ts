/** A session that counts what is asked of it. */
export function counting<T extends object>(session: T): { session: T; calls: Record<string, number> } {
  const calls: Record<string, number> = {}
  const counted = new Proxy(session, {
    get(target, name, receiver) {
      const member = Reflect.get(target, name, receiver) as unknown
      if (typeof member !== 'function') return member
      return (...words: unknown[]) => {
        calls[String(name)] = (calls[String(name)] ?? 0) + 1
        return (member as (...given: unknown[]) => unknown).apply(target, words)
      }
    },
  })
  return { session: counted, calls }
}
