import { describe, expect, test } from 'vitest'
import type { EngineUnderTest } from './bench.ts'
import { branchContract } from './engine/branches.ts'
import { changesContract } from './engine/changes.ts'
import { checksContract } from './engine/checks.ts'
import { conflictsContract } from './engine/conflicts.ts'
import { diffContract } from './engine/diff.ts'
import { formatsContract } from './engine/formats.ts'
import { gcRemotesContract } from './engine/gc-remotes.ts'
import { handlesContract } from './engine/handles.ts'
import { httpContract } from './engine/http-remotes.ts'
import { javascriptRowsContract } from './engine/javascript-rows.ts'
import { keylessContract } from './engine/keyless.ts'
import { keyContract } from './engine/keys.ts'
import { lineageContract } from './engine/lineage.ts'
import { loadContract } from './engine/load.ts'
import { loadedContract } from './engine/loaded.ts'
import { mergeColumnsContract } from './engine/merge-columns.ts'
import { mergeOrdersContract } from './engine/merge-orders.ts'
import { mergeRefusedContract } from './engine/merge-refused.ts'
import { mergeContract } from './engine/merge.ts'
import { nameContract } from './engine/names.ts'
import { nullTextContract } from './engine/null-texts.ts'
import { queryContract } from './engine/queries.ts'
import { queryLimitsContract } from './engine/query-limits.ts'
import { readOnlyContract } from './engine/read-only.ts'
import { recordContract } from './engine/records.ts'
import { remoteContract } from './engine/remotes.ts'
import { reviewContract } from './engine/review.ts'
import { runContract } from './engine/runs.ts'
import { saveContract } from './engine/save.ts'
import { schemaContract } from './engine/schemas.ts'
import { severalContract } from './engine/several.ts'
import { sourceContract } from './engine/sources.ts'
import { stepsContract } from './engine/steps.ts'
import { stopContract } from './engine/stop.ts'
import { typesContract } from './engine/types.ts'
import { undoSeveralContract } from './engine/undo-several.ts'
import { undoContract } from './engine/undo.ts'

const TABLES = [
  loadContract,
  loadedContract,
  readOnlyContract,
  saveContract,
  keyContract,
  keylessContract,
  nullTextContract,
  schemaContract,
  severalContract,
  sourceContract,
  handlesContract,
  javascriptRowsContract,
  formatsContract,
  typesContract,
  stopContract,
]

const HISTORY = [
  branchContract,
  mergeContract,
  mergeColumnsContract,
  mergeRefusedContract,
  mergeOrdersContract,
  conflictsContract,
  diffContract,
  undoContract,
  undoSeveralContract,
  recordContract,
  runContract,
  stepsContract,
  changesContract,
  checksContract,
  lineageContract,
  reviewContract,
  queryContract,
  queryLimitsContract,
  nameContract,
  remoteContract,
  gcRemotesContract,
  httpContract,
]

type EnginePart = (engine: EngineUnderTest) => void

/** Two halves for an engine whose contract takes long: files are run side by side. */
export const HALVES: Record<'tables' | 'history', EnginePart[]> = { tables: TABLES, history: HISTORY }

/**
 * What every engine must do. `ENGINES=doltlite,dolt` makes the named ones required: one that is missing fails
 * then, and is skipped else, with its reason.
 */
export function engineContract(engine: EngineUnderTest, parts: EnginePart[] = [...TABLES, ...HISTORY]): void {
  const missing = engine.missing()
  const isRequired = requiredEngines().includes(engine.name)
  describe.skipIf(missing !== undefined && !isRequired)(
    `${engine.name}${missing === undefined ? '' : `: ${missing}`}`,
    () => {
      test('can be loaded', () => expect(missing).toBeUndefined())
      for (const part of parts) part(engine)
    },
  )
}

export function requiredEngines(): string[] {
  return (process.env['ENGINES'] ?? '').split(',').filter((name) => name !== '')
}
