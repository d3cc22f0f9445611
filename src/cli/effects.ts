import { constants } from 'node:os'
import type { Writable } from 'node:stream'

/** All that a command touches of the process it runs in, so that a test can be one without mocks. */
export interface Effects {
  stdout: Writable
  stderr: Writable
  stdin: AsyncIterable<Uint8Array | string>
  env: Readonly<Record<string, string | undefined>>
  /** What relative paths start from. */
  cwd: string
  /** Which of the three are a terminal. */
  isTTY: { stdin: boolean; stdout: boolean; stderr: boolean }
  /** The terminal's width. */
  columns: number
  /** ms since 1970. */
  clock(): number
  /** A signal that ends a long verb in good order, from now on, where the user interrupts it. */
  interrupt(): AbortSignal
}

const FALLBACK_COLUMNS = 80

/** The real ones. */
export function processEffects(): Effects {
  const { stdin, stdout, stderr, env } = process
  // What can't be written is told by the write itself; the event alone would end the process amid native code.
  for (const stream of [stdout, stderr]) stream.on('error', () => {})
  return {
    stdout,
    stderr,
    stdin,
    env,
    cwd: process.cwd(),
    isTTY: { stdin: stdin.isTTY ?? false, stdout: stdout.isTTY ?? false, stderr: stderr.isTTY ?? false },
    columns: stdout.columns ?? stderr.columns ?? FALLBACK_COLUMNS,
    clock: Date.now,
    interrupt,
  }
}

/** The first signal aborts, and the verb cleans up; a second one ends the process at once. A closed terminal sends SIGHUP. */
function interrupt(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(name, () => {
      process.on('exit', () => (process.exitCode = 128 + constants.signals[name]))
      controller.abort()
    })
  return controller.signal
}
