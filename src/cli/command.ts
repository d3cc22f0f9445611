import type { Call } from './call.ts'
import type { Options } from './options.ts'

export interface Positional {
  name: string
  about: string
  optional?: boolean
  /** Takes one or more. */
  many?: boolean
}

/** One verb: what it takes, how it is explained, what it does. */
export interface Command {
  positionals: readonly Positional[]
  options: Options
  /** Whether what stands behind `--` is a command to run, word by word. Default: false */
  takesCommand?: boolean
  /** Its options by what they are about, for a verb with many. Default: one list */
  groups?: Readonly<Record<string, readonly string[]>>
  /** The line of its form, if the one made from the positionals says too little. */
  usage?: string
  /** A case at the edge, for `--help`. */
  note: string
  /** Lines for a shell that run as they stand, in a folder with `foo.csv`. */
  example: readonly string[]
  /** @returns the exit code; nothing is 0 */
  run(call: Call<Options>): Promise<number | void>
}

interface CommandOf<Specs extends Options> extends Omit<Command, 'options' | 'run'> {
  options: Specs
  run(call: Call<Specs>): Promise<number | void>
}

/** Ties the type of a command's values to its options. */
export function command<const Specs extends Options>(spec: CommandOf<Specs>): Command {
  return spec as unknown as Command
}
