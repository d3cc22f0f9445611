import { isKept } from '../../model/names.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'
import { policyOf } from '../conflict-policy.ts'
import { commitOptions, conflictOptions, runOptions } from '../options.ts'
import { tellNotices } from '../text/notices.ts'
import { short } from '../text/words.ts'

const options = {
  into: { type: 'string', value: 'B', about: 'The branch that gets the work. Default: DOLTFLOW_BRANCH, else main' },
  'no-ff': {
    type: 'boolean',
    about: 'Make a merge commit also if B has not moved, so that the whole merge can be reverted',
  },
  ...conflictOptions,
  resolve: {
    type: 'string',
    value: 'FILE',
    about: 'Decisions, one conflict a line, as doltflow conflicts --format csv or jsonl lists them',
  },
  override: {
    type: 'string',
    value: 'NAME',
    multiple: true,
    about: 'A check that is overridden: what it refuses is published, on record',
  },
  reason: { type: 'string', value: 'S', about: 'Why; needed with --override' },
  ...commitOptions,
  ...runOptions,
} as const

export const merge: Command = command({
  positionals: [
    { name: 'BRANCH', about: 'The branch to merge; one named conflict/… or rejected/… is finished by it, and goes' },
  ],
  options,
  note:
    'Rows and cells that only one side changed merge by themselves. A cell that both sides changed differently is a conflict (status 3, nothing moves), ' +
    'unless --on-conflict or --resolve decides, which they do for such cells only.',
  example: [
    'doltflow init && doltflow save foo foo.csv --key a',
    "printf 'a,b\\n1,new\\n' | doltflow save foo - --mode upsert --new-branch exp",
    'doltflow merge exp --into main',
  ],
  run,
})

export { merge as command }

async function run(call: Call<typeof options>): Promise<void> {
  const { values, positionals, out } = call
  const name = positionals[0]!
  const db = await call.open({ writes: true })
  const into = values.into ?? db.defaultBranch
  const settings = {
    into,
    onConflict: policyOf(values),
    resolve: values.resolve === undefined ? undefined : call.path(values.resolve),
    message: values.message,
    noFastForward: values['no-ff'],
    override: values.override,
    reason: values.reason,
  }
  const action = await call.during(`merging ${name}`, db.merge(name, settings))
  call.answer(action, () => {
    const { changed, merged, toCommit } = action
    if (!changed) out.line(`${into} has all of ${name} already: ${into} ${short(toCommit)}`)
    else
      out.line(
        `${merged ? `Merged ${name} into ${into}` : `${into} had not moved, and is now where ${name} is`}: ${into} ${short(toCommit)}`,
      )
    if (isKept(name)) out.line(`It is finished; branch ${name} is gone.`)
    tellNotices([action], call.errors)
  })
}
