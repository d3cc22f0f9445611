import { once } from 'node:events'
import { DoltflowError, UsageError } from '../../errors.ts'
import { version } from '../../system/version.ts'
import type { OpenOptions } from '../../verbs/open-options.ts'
import { defaultAuthor } from '../author.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { linesOf } from '../serve/lines.ts'
import { Server } from '../serve/server.ts'

const options = {
  stdio: { type: 'boolean', about: 'Read requests from standard input and answer on standard output' },
} as const

export const serve: Command = command({
  positionals: [],
  options,
  note:
    'For programs: one process for many calls, so that a small load or save takes a few ms. A line is a JSON document. A request ' +
    'is {"id", "verb", "params"}: the verbs are those of the library (docs/serve.md), params are their arguments by name. An answer ' +
    'has the id, and a result, an error or progress. It ends at the end of its input, when what runs is done.',
  example: [
    'doltflow init && doltflow save foo foo.csv --key a',
    'echo \'{"id": 1, "verb": "tables"}\' | doltflow serve --stdio',
  ],
  run,
})

export { serve as command }

async function run(call: Call<typeof options>): Promise<void> {
  if (!call.values.stdio)
    throw new UsageError('USAGE', 'serve speaks over standard input and output alone. Say so: doltflow serve --stdio')
  const { effects } = call
  const { stdin, stdout, clock } = effects
  const parent = process.ppid
  const interrupted = effects.interrupt()
  const server = new Server({
    version: version(),
    open: (url, given) => openWith(call, url, given),
    openDefault: () => call.open({ writes: true, creates: true }),
    write: (line) => write(stdout, line),
    clock,
  })
  // Whoever interrupts doesn't wait for the end of the input.
  const stopped = new Promise<'stopped'>((resolve) => {
    interrupted.addEventListener('abort', () => resolve('stopped'), { once: true })
  })
  const requests = linesOf(stdin)
  let abort = false
  try {
    await server.greet()
    for (;;) {
      const next = await Promise.race([requests.next(), stopped])
      if (next === 'stopped' || next.done) break
      server.take(next.value)
    }
    // A client that was killed doesn't want any more what it asked for.
    abort = interrupted.aborted || process.ppid !== parent
  } catch (error) {
    abort = true
    throw error
  } finally {
    await server.end({ abort })
  }
  if (interrupted.aborted)
    throw new DoltflowError('ABORTED', 'The server was interrupted; what ran was stopped.', { retryable: true })
}

/** Opens what a client names. What it leaves out of the options has the defaults of the command line. */
async function openWith(call: Call<typeof options>, url: string, given: OpenOptions) {
  const { open } = await import('../../open.ts')
  const author = given.author ?? call.variable('DOLTFLOW_AUTHOR') ?? (await defaultAuthor(call.effects))
  const sinks = given.sinks ?? call.sinks()
  return open(call.path(url), { ...given, ...(author !== undefined && { author }), ...(sinks && { sinks }) })
}

/** Writes a line, and waits until there is room for the next. */
async function write(stdout: NodeJS.WritableStream, line: string): Promise<void> {
  if (!stdout.write(line)) await once(stdout, 'drain')
}
