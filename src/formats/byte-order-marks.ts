/**
 * Has the libraries of a format keep a U+FEFF at the beginning of a name or a text: they decode with `new TextDecoder()`, which
 * takes it for the mark of a file and drops it. To be called before they are loaded, as some make their decoder then. This
 * holds for all of the process, which is a format's own.
 */
export function keepByteOrderMarks(): void {
  const { TextDecoder } = globalThis
  if (new TextDecoder().ignoreBOM) return
  globalThis.TextDecoder = class extends TextDecoder {
    constructor(encoding?: string, options?: ConstructorParameters<typeof TextDecoder>[1]) {
      super(encoding, { ignoreBOM: true, ...options })
    }
  }
}
