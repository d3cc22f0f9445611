import { existsSync } from 'node:fs'
import type { Database } from '../../database.ts'
import { hashFiles } from '../../files/hash-files.ts'
import type { StepResult } from '../../verbs/steps/step-options.ts'

/** Of a step that was skipped: the files of its outputs are left alone if they have these bytes, else written from the tables. */
export async function leaveOrLoad(
  db: Database,
  { outputs }: StepResult,
  named: readonly { table: string; file?: string }[],
  pathOf: (file: string) => string,
): Promise<void> {
  for (const { table, file } of named) {
    const output = outputs.find((one) => one.table === table)
    if (file === undefined || !output || output.hash === null) continue
    const path = pathOf(file)
    if (existsSync(path) && output.source !== null && (await hashFiles([path])).sha256 === output.source) continue
    await db.load(table, path, { at: output.commit, ifChanged: true })
  }
}
