/*
 * JSON by its bytes (RFC 8259): numbers keep the digits that they are written with, which JSON.parse would round, and a
 * string without escapes is never copied. Whoever uses it has checked that the bytes are UTF-8.
 */

/** Thrown where the text goes on in bytes that are not there yet. */
export const INCOMPLETE: unique symbol = Symbol('incomplete')

/** What no JSON is, and where. */
export class JsonFault extends Error {
  readonly at: number
  constructor(reason: string, at: number) {
    super(reason)
    this.at = at
  }
}

const DEEPEST = 500
const QUOTE = 0x22
const BACKSLASH = 0x5c

export class JsonScanner {
  bytes: Buffer = Buffer.alloc(0)
  at = 0
  end = 0
  /** Whether no bytes follow. */
  last = false
  /** The line (from 1) of `at`. */
  line = 1

  /** The byte at `at`; 0 at the end of all. */
  peek(): number {
    if (this.at < this.end) return this.bytes[this.at]!
    if (!this.last) throw INCOMPLETE
    return 0
  }

  /** Goes to the next byte that is no white space, and gives it; 0 at the end of all. */
  next(): number {
    for (;;) {
      const byte = this.peek()
      if (byte === 0x0a) this.line++
      else if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09) return byte
      this.at++
    }
  }

  expect(byte: number, where: string): void {
    if (this.next() !== byte) this.fail(`${JSON.stringify(String.fromCharCode(byte))} is missing ${where}`)
    this.at++
  }

  /** Skips a string, from its opening quote on. @returns whether it has escapes */
  string(): boolean {
    const { bytes, end } = this
    let escapes = false
    let at = this.at + 1
    while (at < end) {
      const byte = bytes[at]!
      if (byte === QUOTE) {
        this.at = at + 1
        return escapes
      }
      if (byte < 0x20) this.fail('a control character stands within a string', at)
      if (byte === BACKSLASH) {
        escapes = true
        at++
      }
      at++
    }
    if (!this.last) throw INCOMPLETE
    return this.fail('a string is not closed')
  }

  /** Skips any value, which begins at `at`. */
  value(depth = 0): void {
    const byte = this.next()
    if (byte === QUOTE) {
      const start = this.at
      if (this.string()) this.decode(start)
    } else if (byte === 0x7b || byte === 0x5b) this.#nested(byte === 0x7b, depth + 1)
    else if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) this.number()
    else this.literal()
  }

  /** The text of the string from `start` to `at`. */
  decode(start: number): string {
    try {
      return JSON.parse(this.bytes.toString('utf8', start, this.at)) as string
    } catch {
      return this.fail("a string has an escape that JSON doesn't have", start)
    }
  }

  literal(): 'true' | 'false' | 'null' {
    const name = ({ 0x74: 'true', 0x66: 'false', 0x6e: 'null' } as const)[this.peek()]
    if (name === undefined) return this.fail('this is no value')
    if (this.at + name.length > this.end && !this.last) throw INCOMPLETE
    if (this.bytes.toString('latin1', this.at, Math.min(this.at + name.length, this.end)) !== name)
      this.fail('this is no value')
    this.at += name.length
    return name
  }

  number(): void {
    if (this.peek() === 0x2d) this.at++
    if (this.peek() === 0x30) this.at++
    else this.#digits()
    if (this.peek() === 0x2e) {
      this.at++
      this.#digits()
    }
    if (this.peek() === 0x65 || this.peek() === 0x45) {
      this.at++
      if (this.peek() === 0x2b || this.peek() === 0x2d) this.at++
      this.#digits()
    }
  }

  #digits(): void {
    const start = this.at
    for (let byte = this.peek(); byte >= 0x30 && byte <= 0x39; byte = this.peek()) this.at++
    if (this.at === start) this.fail('this is no number')
  }

  #nested(isObject: boolean, depth: number): void {
    if (depth > DEEPEST) this.fail(`values are nested deeper than ${DEEPEST}`)
    const close = isObject ? 0x7d : 0x5d
    this.at++
    if (this.next() === close) {
      this.at++
      return
    }
    for (;;) {
      if (isObject) {
        if (this.next() !== QUOTE) this.fail('a name in quotes is missing')
        const start = this.at
        if (this.string()) this.decode(start)
        this.expect(0x3a, 'behind a name')
      }
      this.value(depth)
      const byte = this.next()
      if (byte !== close && byte !== 0x2c)
        this.fail(`"," or ${JSON.stringify(String.fromCharCode(close))} is missing behind a value`)
      this.at++
      if (byte === close) return
    }
  }

  fail(reason: string, at: number = this.at): never {
    throw new JsonFault(at >= this.end ? `the file ends too early: ${reason}` : reason, at)
  }
}

/** A valid JSON text without white space, its strings escaped no more than they must be. Never longer than it was. */
export function compact(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|\s+/g, (part) => {
    if (part[0] !== '"') return ''
    return part.includes('\\') ? JSON.stringify(JSON.parse(part)) : part
  })
}
