import { UsageError } from '../errors.ts'
import { version } from '../system/version.ts'
import { Call } from './call.ts'
import type { Effects } from './effects.ts'
import { verbHabit } from './habits.ts'
import { overview, verbHelp } from './help.ts'
import { withTableNames } from './missing-table.ts'
import { parse } from './parse.ts'
import { exitCode, report } from './report.ts'
import { didYouMean } from './suggest.ts'
import { Output } from './text/output.ts'
import { verbs } from './verbs.ts'

export type { Effects } from './effects.ts'

/**
 * Runs one command line.
 * @param argv without the names of Node and of the program
 * @returns 0 done, 1 failed, 2 wrong use, 3 conflict, 4 a check refused, 5 differences with `--exit-code`
 */
export async function run(argv: readonly string[], effects: Effects): Promise<number> {
  const colour = !effects.env['NO_COLOR'] && effects.env['TERM'] !== 'dumb'
  const output = (name: 'stdout' | 'stderr'): Output =>
    new Output(effects[name], { isTTY: effects.isTTY[name], columns: effects.columns, colour })
  const outputs = { out: output('stdout'), errors: output('stderr') }
  let code: number
  try {
    code = await dispatch(verbFirst(argv), effects, outputs)
    await outputs.out.flush()
  } catch (error) {
    if (isClosedPipe(error)) return 0
    // What was answered before the error stands.
    await outputs.out.flush().catch(() => {})
    const given = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined)
    report(error, outputs.errors, {
      json: given.includes('--json'),
      debug: given.includes('--debug') || Boolean(effects.env['DOLTFLOW_DEBUG']),
    })
    code = exitCode(error)
  }
  await outputs.errors.flush().catch(() => {})
  return code
}

async function dispatch(
  argv: readonly string[],
  effects: Effects,
  outputs: { out: Output; errors: Output },
): Promise<number> {
  const [name, ...rest] = argv
  const { out } = outputs
  if (name === undefined || name === '--help' || name === '-h' || (name === 'help' && rest.length === 0)) {
    out.write(overview(effects.columns))
    return 0
  }
  if (name === '--version') {
    out.line(version())
    return 0
  }
  if (name === 'help') return dispatch([...rest.slice(0, 1), '--help'], effects, outputs)
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined
  if (!verb) throw unknownVerb(name)
  const { command } = await verb.load()
  const given = parse(name, command, rest)
  if ((given.values as { help?: boolean }).help) {
    out.write(verbHelp(name, verb, command, effects.columns))
    return 0
  }
  const call = new Call(given, effects, outputs)
  try {
    return (await command.run(call)) ?? 0
  } catch (error) {
    throw await withTableNames(error, call.database, (given.values as { at?: string }).at)
  } finally {
    await call.end()
  }
}

/** Options that every verb has may stand before it. */
function verbFirst(argv: readonly string[]): string[] {
  const before: string[] = []
  const rest = [...argv]
  while (rest[0] !== undefined && /^--(db(=|$)|json$|debug$)/.test(rest[0]))
    before.push(...rest.splice(0, rest[0] === '--db' ? 2 : 1))
  const [verb, ...after] = rest
  return verb === undefined ? [] : [verb, ...before, ...after]
}

function unknownVerb(name: string): UsageError {
  const isOption = name.startsWith('-')
  const what = isOption ? `doltflow has no option ${name}` : `doltflow has no verb ${name}`
  const near = didYouMean(name, [...Object.keys(verbs), '--help', '--version'], isOption ? '' : 'doltflow ')
  const habit = /^(-v|-V)$/.test(name) ? 'Here it is: --version' : verbHabit(name)
  const hint = habit === undefined ? near || ' See: doltflow --help' : ` ${habit}`
  return new UsageError('USAGE', `${what}.${hint}`, { data: { verb: name } })
}

function isClosedPipe(error: unknown): boolean {
  const { code, cause } = Object(error) as { code?: unknown; cause?: unknown }
  return code === 'EPIPE' || (cause !== undefined && isClosedPipe(cause))
}
