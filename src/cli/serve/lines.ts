import { UsageError } from '../../errors.ts'

/** How long a line may be, in bytes. Rows in greater numbers come as a file. */
const LONGEST = 64 * 2 ** 20
const LINE_END = 10

/** The lines of a stream of UTF-8 text. @throws {UsageError} USAGE for a line of more than 64 MB */
export async function* linesOf(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<string, void> {
  let begun: Buffer[] = []
  let length = 0
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Uint8Array)
    let from = 0
    for (let end = bytes.indexOf(LINE_END); end >= 0; end = bytes.indexOf(LINE_END, from)) {
      yield Buffer.concat([...begun, bytes.subarray(from, end)]).toString()
      begun = []
      length = 0
      from = end + 1
    }
    begun.push(bytes.subarray(from))
    length += bytes.length - from
    if (length > LONGEST)
      throw new UsageError('USAGE', `A request has more than ${LONGEST / 2 ** 20} MB. Save many rows as a file.`)
  }
  if (length > 0) yield Buffer.concat(begun).toString()
}
