import { join } from 'node:path'
import { temporaryBeside } from '../../../system/temporary.ts'
import type { Row } from '../../../types.ts'
import type { StageOptions, StageResult } from '../../engine.ts'
import { Stager } from '../../staging/stager.ts'
import { STAGE_FOLDER } from '../tables/line-file.ts'
import type { StagedSource } from './build.ts'
import { Spool, spoolSink } from './load-data-file.ts'

/** One stage: a source on its way into a spool file in the system's temporary folder. */
export class Stage {
  readonly stager: Stager
  #spool: Spool | undefined
  #result: StageResult | undefined

  constructor({ text, schema, types, rowsStay, keyless, stored }: StageOptions) {
    const path = temporaryBeside(join(STAGE_FOLDER, 'stage'))
    const sink: typeof spoolSink = (...given) => (this.#spool = spoolSink(...given) as Spool)
    this.stager = new Stager({ path, sink, options: text, schema, types, rowsStay, keyless, stored })
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
