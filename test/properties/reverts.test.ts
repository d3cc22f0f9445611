import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DoltflowError } from '../../dist/index.js'
import { triedEngines } from './engines.ts'
import { patience, runs, sorted } from './kit.ts'
import { base, edited, isFilled, list, mayBeRefused, mergeModel, seldom, side, type Table } from './tables-model.ts'

const parameters = runs('reverts')

const engines = triedEngines({ doltlite: parameters.numRuns / 2, dolt: parameters.numRuns / 6 })

describe.each(engines)('$engine', ({ lab, numRuns, missing }) => {
  beforeAll(async () => void (await lab.start()))
  afterAll(() => lab.end())
  let count = 0

  test.skipIf(missing !== undefined)(
    'a revert of a change of columns and rows is a merge back to what was before it, or refused',
    async () => {
      const seen = { reverted: 0, refused: 0 }
      const retyped = seldom<[string[], string[]]>([[], []], fc.constantFrom([['a'], ['a']], [['a'], []], [[], ['b']]))
      await fc.assert(
        fc.asyncProperty(base, side, side, retyped, async (before, change, later, texts) => {
          await lab.next()
          const name = `t${++count}`
          const save = (table: Table) =>
            lab.database.save(name, lab.csv(table.columns, list(table)), {
              key: table.key,
              allowEmpty: true,
              schema: 'replace',
              types: Object.fromEntries(table.columns.map((one) => [one, table.texts.includes(one) ? 'text' : 'any'])),
            })
          const changed = edited(before, change, texts[0])
          const now = edited(changed, later, texts[1])
          await save(before)
          const { toCommit, changed: isChanged } = await save(changed)
          await save(now)
          if (!isChanged) return
          const head = await lab.database.resolve('main')
          const model = mergeModel(changed, now, before, 'fail')
          const error = await lab.database.revert(toCommit!).then(
            () => undefined,
            (thrown: unknown) => thrown as DoltflowError,
          )
          const isLost = isFilled(changed, now, before) || isFilled(changed, before, now)
          const mustBeRefused = model.conflicts.length > 0 || isLost
          // On Dolt a column's type follows its cells, and one revert can't bring back another type.
          const isWidened = /stored under another type/.test(String(error?.data['reason']))
          if (mustBeRefused || (error && (isWidened || mayBeRefused(changed, now, before)))) {
            seen.refused++
            expect(error).toMatchObject({ code: 'MERGE_REFUSED' })
            expect(await lab.database.resolve('main')).toBe(head)
            return
          }
          expect(error).toBeUndefined()
          seen.reverted++
          const [header, ...rows] = await lab.cells(name)
          expect(header!.toSorted()).toEqual(model.columns.toSorted())
          const cells = rows.map((row) => model.columns.map((column) => row[header!.indexOf(column)]!))
          expect(sorted(cells)).toEqual(sorted(list(model)))
          expect((await lab.database.status()).dirty).toEqual([])
        }),
        { ...parameters, numRuns },
      )
      expect(Math.min(...Object.values(seen))).toBeGreaterThan(numRuns / 30)
    },
    patience,
  )
})
