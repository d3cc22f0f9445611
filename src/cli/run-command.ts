import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import type { Effects } from './effects.ts'

/**
 * Runs a command with variables besides its own, on this process's standard streams. An interrupt is passed on.
 * @returns its exit status; 128 and the signal's number if a signal ended it; 127 if there is no such command
 */
export function runCommand(
  [program, ...words]: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
  { env, cwd, interrupt }: Pick<Effects, 'env' | 'cwd' | 'interrupt'>,
  json: boolean,
): Promise<number> {
  return new Promise((resolve, reject) => {
    // With --json, standard output is the document's.
    const child = spawn(program!, words, {
      cwd,
      env: { ...env, ...variables },
      stdio: ['inherit', json ? 2 : 'inherit', 'inherit'],
    })
    const signal = interrupt()
    const pass = (): void => void child.kill('SIGTERM')
    signal.addEventListener('abort', pass, { once: true })
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') resolve(127)
      else if (error.code === 'EACCES') resolve(126)
      else reject(error)
    })
    child.once('close', (code, name) => {
      signal.removeEventListener('abort', pass)
      resolve(code ?? 128 + constants.signals[name!])
    })
  })
}
