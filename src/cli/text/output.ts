import type { Writable } from 'node:stream'
import { widthOf, wrapped } from './width.ts'

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

const CODES: Record<Style, number> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 }
const BUFFERED = 32 * 1024
/** What stands before the further lines of a paragraph. */
const INDENT = '  '

/** One of a process's two outputs: lines are gathered, and written with regard to a slow reader. */
export class Output {
  readonly isTTY: boolean
  /** The width to fold or cut at; undefined if it is no terminal. */
  readonly columns: number | undefined
  readonly #stream: Writable
  readonly #colour: boolean
  #text = ''

  constructor(stream: Writable, options: { isTTY: boolean; columns: number; colour: boolean }) {
    this.#stream = stream
    this.isTTY = options.isTTY
    this.columns = options.isTTY ? Math.max(20, options.columns) : undefined
    this.#colour = options.isTTY && options.colour
  }

  readonly paint = (style: Style, text: string): string =>
    this.#colour && text !== '' ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text

  write(text: string): void {
    this.#text += text
  }

  line(text = ''): void {
    this.write(`${text}\n`)
  }

  /** Sentences under a painted head, folded at a terminal's width. */
  paragraph(head: string, style: Style, text: string): void {
    const [first, ...rest] = text
      .split('\n')
      .flatMap((line, index) => this.#folded(index === 0 ? `${head} ${line}` : line))
    this.line(`${this.paint(style, head)}${first!.slice(head.length)}`)
    for (const line of rest) this.line(line)
  }

  #folded(line: string): string[] {
    if (this.columns === undefined || widthOf(line) <= this.columns) return [line]
    // A command at the end can be copied only if it is one line.
    const command = line.lastIndexOf(': doltflow ') + 1
    const parts = wrapped(command === 0 ? line : line.slice(0, command), this.columns - INDENT.length)
    return [...parts, ...(command === 0 ? [] : [line.slice(command + 1)])].map((part, index) =>
      index === 0 ? part : INDENT + part,
    )
  }

  /** Gives the reader time where much has gathered. */
  async drained(): Promise<void> {
    if (this.#text.length > BUFFERED) await this.flush()
  }

  async flush(): Promise<void> {
    const text = this.#text
    this.#text = ''
    if (text === '') return
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(text, (error) => (error ? reject(error) : resolve()))
    })
  }
}
