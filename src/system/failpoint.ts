import { block } from './wait.ts'

/*
 * Fault tests name a step in DOLTFLOW_FAILPOINT, as `name` or `name:n` for the n-th time it is reached; the
 * process then kills itself there, as a power cut or an out-of-memory killer would. With `DOLTFLOW_FAILSIGNAL=SIGSTOP` it
 * stops there, as in a container that is paused. Unset, it costs one comparison.
 */

const [wanted, count] = (process.env['DOLTFLOW_FAILPOINT'] ?? '').split(':')
const fatal = (process.env['DOLTFLOW_FAILSIGNAL'] ?? 'SIGKILL') as NodeJS.Signals
let left = Number(count ?? 1)

/** Marks a step that a kill may follow. */
export function failpoint(name: string): void {
  if (name !== wanted || --left > 0) return
  process.kill(process.pid, fatal)
  // The signal is on its way: this thread must do nothing more until it is there.
  block(fatal === 'SIGKILL' ? Infinity : 1000)
}
