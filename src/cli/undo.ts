import type { Action } from '../model/action.ts'
import type { UndoOptions } from '../verbs/undo/undo.ts'
import type { Call } from './call.ts'
import { branchOptions, commitOptions, runOptions } from './options.ts'
import { tellNotices } from './text/notices.ts'
import { changes, short } from './text/words.ts'

/* What restore, revert and drop have in common. */

const dryRunOptions = { 'dry-run': { type: 'boolean', about: 'Tell what would change; change nothing' } } as const

export const undoOptions: typeof branchOptions & typeof commitOptions & typeof runOptions & typeof dryRunOptions = {
  ...dryRunOptions,
  ...branchOptions,
  ...commitOptions,
  ...runOptions,
}

export function undoSettings(values: { branch?: string; message?: string; 'dry-run'?: boolean }): UndoOptions {
  const { branch, message, 'dry-run': dryRun } = values
  return { branch, message, dryRun }
}

/** `Restored foo as at v1: +1 ~0 -2, main 4189316`; of a dry run `Would restore …`. */
export function answerUndo<Specs>(call: Call<Specs>, action: Action, done: string, nothing: string): void {
  call.answer(action, (out) => {
    out.line(undoLine(action, done, nothing))
    tellNotices([action], call.errors)
  })
}

export function undoLine(action: Action, done: string, nothing: string): string {
  const { branch, toCommit, changed } = action
  const place = toCommit === null ? `${branch} stays as it is` : `${branch} ${short(toCommit)}`
  return `${changed ? `${done}: ${changes(action)}` : nothing}, ${place}`
}

/** What is done, or what a dry run would do: `Reverted`, `Would revert`. */
export function undoVerb(values: { 'dry-run'?: boolean }, done: string, verb: string): string {
  return values['dry-run'] ? `Would ${verb}` : done
}
