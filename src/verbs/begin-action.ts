import type { Context } from '../context.ts'
import { newIntent, type ActionKind, type Intent } from '../model/action.ts'
import { checkedAuthor } from '../system/author.ts'
import { newId } from '../system/id.ts'
import { checkOptions, plainData } from './check-options.ts'

/** Whose action it is; what is left out, the opened database says. */
export interface ActionOptions {
  /** The caller's own id. Default: a UUIDv7 */
  id?: string | undefined
  /** The workflow manager's name for this execution. Default: the opened database's */
  run?: string | undefined
  /** The workflow manager's name for the task in it. Default: the opened database's */
  step?: string | undefined
  /** `Name <email>`. Default: the opened database's */
  author?: string | undefined
  /** The caller's own; plain data, kept with the action. Default: none */
  data?: unknown | undefined
}

/** The intent of a verb that begins now. @throws {UsageError} OPTION_INVALID */
export function beginAction(
  context: Context,
  kind: ActionKind,
  options: ActionOptions & { mode?: string; schema?: string },
): Intent {
  checkOptions(options)
  return {
    ...newIntent(kind, options.id ?? newId(), new Date()),
    run: options.run ?? context.run,
    step: options.step ?? context.step,
    author: checkedAuthor(options.author ?? context.author),
    data: plainData(options.data),
  }
}
