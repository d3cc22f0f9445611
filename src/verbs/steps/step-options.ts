import type { Source } from '../../files/source.ts'
import type { Action } from '../../model/action.ts'
import type { Cause, ConsumedTable } from '../../model/step.ts'
import type { StepRecord } from '../../runs/step-records.ts'
import type { Progress } from '../../types.ts'
import type { ActionOptions } from '../begin-action.ts'
import type { LoadOptions } from '../load.ts'
import type { RowObject } from '../rows.ts'
import type { TableOptions } from '../save/save-options.ts'

/** A table that a step reads. */
export interface StepInput {
  /** Default: as the input is called */
  table: string
  /** Which version: branch, tag, hash, `run:<id>`, date, each with `~n`. Default: the head of the step's branch */
  at?: string | undefined
  /** The columns that count: a change in others doesn't make the step run. Default: all */
  columns?: readonly string[] | undefined
  /** Read only the rows that changed since the step's last success; with `before` their old cells, too. Default: false */
  changes?: boolean | 'before' | undefined
}

/** What a step is, and what it may depend on. */
export interface StepOptions extends Omit<ActionOptions, 'id' | 'step'> {
  /** The tables that it reads: names, or what each input is. Default: none */
  inputs?:
    | readonly string[]
    | Readonly<Record<string, Omit<StepInput, 'table'> & { table?: string | undefined }>>
    | undefined
  /** The files that it reads. Default: none */
  files?: readonly string[] | undefined
  /** The tables that it makes: names, or how each is saved (a key, a mode, …). Default: none */
  outputs?: readonly string[] | Readonly<Record<string, TableOptions>> | undefined
  /** The files that it makes. Default: none */
  outFiles?: readonly string[] | undefined
  /** What else it depends on, by name; plain data. Default: nothing */
  params?: Readonly<Record<string, unknown>> | undefined
  /** Its code: files, folders, hashes such as that of a Git tree, or `name=hash`. Default: none, so that new code alone doesn't make it run */
  code?: readonly string[] | undefined
  /** Run also if the result is there already. Default: false */
  force?: boolean | undefined
  /** Where it reads and saves. Default: the database's default branch */
  branch?: string | undefined
  /** The message of the commit. Default: which step it is */
  message?: string | undefined
  /** What is run, for the record. Default: none */
  command?: readonly string[] | undefined
  /** Stops the step (ABORTED) as long as nothing is published. */
  signal?: AbortSignal | undefined
  /** Called while another process runs the same step, and while sources are read. */
  onProgress?: ((progress: Progress) => void) | undefined
}

/** What the work of a step is given. */
export interface StepWork {
  /** Its record so far. */
  record: StepRecord
  /** The inputs, by what the step calls them, each at the commit that it was pinned to. */
  inputs: Readonly<Record<string, ConsumedTable>>
  /** Why it runs. */
  causes: readonly Cause[]
  /** Loads an input into a file. */
  load(input: string, target: string, options?: Omit<LoadOptions, 'at' | 'branch' | 'run' | 'step'>): Promise<Action>
  /** Tells how the source of an output is to be read, if that wasn't known before: its format, or what the record calls it. */
  describe(output: string, options: TableOptions): void
  /** Reads an input's rows. Of one with `changes` each row has a column `_change`: `added`, `modified` or `removed`. */
  rows(input: string): AsyncGenerator<RowObject, void>
}

/** The tables that a step made, each with its source. */
export type StepOutputs = Readonly<Record<string, Source>>

/** What came of a step. */
export interface StepResult extends StepRecord {
  /** The actions of its outputs: saves, or restores of a result that was there. */
  actions: Action[]
}

/** What a step would do. */
export interface StepPlan {
  /** The step's name. */
  step: string
  /** Equal keys mean equal results. */
  key: string
  /** Whether it would run. */
  runs: boolean
  /** Why it would; empty if it would not. */
  causes: Cause[]
  /** The execution whose result it would have; null if it would run. */
  of: StepRecord['of']
  /** The tables that it would read. */
  tables: ConsumedTable[]
}
