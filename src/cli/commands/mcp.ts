import { PassThrough } from 'node:stream'
import { DoltflowError, UsageError } from '../../errors.ts'
import { version } from '../../system/version.ts'
import { wait, waitUnheld } from '../../system/wait.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { runOptions } from '../options.ts'

const options = { ...runOptions } as const
/** How long, in ms, what was asked before the input's end may take to be answered. */
const PATIENCE = 2000
/** In ms. */
const TURN = 10

export const mcp: Command = command({
  positionals: [],
  options,
  note:
    'For assistants: a server of the Model Context Protocol on standard input and output (docs/mcp.md). Its tools read one database: tables, schemas, SQL at a ref, ' +
    'commits, diffs, reviews, lineage, runs. Nothing is written, unless a run is given: then its queries are recorded. It ends at the end of its input.',
  example: [
    'doltflow init && doltflow save foo foo.csv --key a',
    'printf \'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "tables"}}\\n\' | doltflow mcp',
  ],
  run,
})

export { mcp as command }

async function run(call: Call<typeof options>): Promise<void> {
  const { effects, values } = call
  if (effects.isTTY.stdin)
    throw new UsageError('USAGE', 'mcp speaks to a program over standard input. Name it in a client: docs/mcp.md')
  const interrupted = effects.interrupt()
  const recorded = (values.run ?? call.variable('DOLTFLOW_RUN')) !== undefined
  const [{ serveMcp }, { Desk }] = await Promise.all([import('../mcp/server.ts'), import('../mcp/desk.ts')])
  const desk = new Desk(() => call.open(recorded ? { writes: true } : { readOnly: 'doltflow mcp only reads' }))
  const input = new PassThrough()
  interrupted.addEventListener('abort', () => input.destroy(), { once: true })
  void feed(input, effects.stdin, () => Promise.race([desk.idle(), waitUnheld(PATIENCE)]))
  const failure = await serveMcp({ version: version(), stdin: input, stdout: effects.stdout, desk })
  if (interrupted.aborted)
    throw new DoltflowError('ABORTED', 'The server was interrupted; what ran was stopped.', { retryable: true })
  if (failure && !input.readableEnded)
    throw new UsageError('USAGE', `The client sent what is no message: ${failure.message}.`, {
      data: { reason: failure.message },
      cause: failure,
    })
}

/** Passes the input on. Its end waits for what was asked: whoever pipes a request in wants the answer. */
async function feed(
  input: PassThrough,
  stdin: AsyncIterable<Uint8Array | string>,
  answered: () => Promise<unknown>,
): Promise<void> {
  try {
    for await (const chunk of stdin) {
      if (input.destroyed) return
      input.write(chunk)
    }
    // What was written is taken in the next turns of the loop.
    do await wait(TURN)
    while (input.readableLength > 0)
    await answered()
  } finally {
    input.end()
  }
}
