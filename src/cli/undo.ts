import type { Action } from '../model/action.ts'
import type { UndoOptions } from '../verbs/undo.ts'
import type { Call } from './call.ts'
import { branchOptions, commitOptions, runOptions } from './options.ts'
import { tellNotices } from './text/notices.ts'
import { changes, short } from './text/words.ts'

/* What restore, revert and drop have in common. */

export const undoOptions: typeof branchOptions & typeof commitOptions & typeof runOptions = {
  ...branchOptions,
  ...commitOptions,
  ...runOptions,
}

export function undoSettings({ branch, message }: { branch?: string; message?: string }): UndoOptions {
  return { branch, message }
}

/** `Restored foo as at v1: +1 ~0 -2, main 4189316` */
export function answerUndo<Specs>(call: Call<Specs>, action: Action, done: string, nothing: string): void {
  const { branch, toCommit, changed } = action
  call.answer(action, (out) => {
    out.line(`${changed ? `${done}: ${changes(action)}` : nothing}, ${branch} ${short(toCommit)}`)
    tellNotices([action], call.errors)
  })
}
