import { randomUUID } from 'node:crypto'
import { readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { currentOwner, isGone, ownerText, parseOwner } from '../../owner.ts'
import type { Row } from '../../types.ts'
import type { StageOptions, StageResult } from '../engine.ts'
import { Stager } from '../staging/stage.ts'
import type { StagedSource } from './build.ts'
import { Spool, spoolSink } from './spool.ts'

const PREFIX = 'doltflow-stage-'

/** One stage: a source on its way into a spool file in the system's temporary folder. */
export class Stage {
  readonly stager: Stager
  #spool: Spool | undefined
  #result: StageResult | undefined

  constructor({ text, schema, types }: StageOptions) {
    sweep()
    const path = join(tmpdir(), `${PREFIX}${ownerText(currentOwner())}-${randomUUID()}`)
    const sink: typeof spoolSink = (at, rules) => (this.#spool = spoolSink(at, rules) as Spool)
    this.stager = new Stager({ path, sink, options: text, schema, types })
  }

  rows(columns: string[], rows: Row[]): void {
    this.stager.addRows(columns, rows)
  }

  finish(): StageResult {
    this.#result = this.stager.finish()
    return this.#result
  }

  get source(): StagedSource {
    const result = this.#result!
    return { stager: this.stager, spool: this.#spool!, result, names: result.columns.map((column) => column.name) }
  }
}

/** Removes what killed saves have left. */
function sweep(): void {
  for (const name of readdirSync(tmpdir())) {
    const match = /^doltflow-stage-([0-9a-f]{8}-\d+-\d+)-[0-9a-f-]{36}(\.odd)?$/.exec(name)
    const owner = match && parseOwner(match[1]!)
    if (!owner) continue
    const path = join(tmpdir(), name)
    const since = statSync(path, { throwIfNoEntry: false })?.mtimeMs
    if (since !== undefined && isGone(owner, since)) rmSync(path, { force: true })
  }
}
