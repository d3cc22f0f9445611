import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DoltflowError, type Conflict, type SaveOptions } from '../../dist/index.js'
import { triedEngines } from './engines.ts'
import { patience, runs, sorted } from './kit.ts'
import {
  base,
  edited,
  isFilled,
  list,
  mayBeRefused,
  mergeModel,
  OLD,
  seldom,
  side,
  type Table,
} from './tables-model.ts'

/*
 * A delete against a cell in a new column was merged silently, rows that were equal place by place were taken for one
 * change, and where the key was not the first column, cells went into other columns: each side may add columns here, drop
 * and rename others, put all in another order, give one another type, or the table another key.
 */

const parameters = runs('merge-columns')

const engines = triedEngines({ doltlite: parameters.numRuns, dolt: parameters.numRuns / 5 })

describe.each(engines)('$engine', ({ lab, numRuns, missing }) => {
  beforeAll(async () => void (await lab.start()))
  afterAll(() => lab.end())
  let count = 0
  const replaces = (before: Table, { columns, key }: Table) =>
    String(columns.slice(0, before.columns.length)) !== String(before.columns) || String(key) !== String(before.key)
  /** @param schema what both sides save with: `replace` takes a new column's type as it is found, and fits it into no other one */
  const save = (name: string, table: Table, schema: 'evolve' | 'replace', options: SaveOptions) => {
    const pinned = table.columns.filter((one) => schema === 'replace' || OLD.includes(one) || table.texts.includes(one))
    return lab.database.save(name, lab.csv(table.columns, list(table)), {
      key: table.key,
      allowEmpty: true,
      schema,
      types: Object.fromEntries(pinned.map((one) => [one, table.texts.includes(one) ? 'text' : 'any'])),
      ...options,
    })
  }

  test.skipIf(missing !== undefined)(
    'a merge of tables whose columns differ is what the model says, under each policy',
    async () => {
      const seen = { merged: 0, conflicts: 0, decided: 0, refused: 0 }
      await fc.assert(
        fc.asyncProperty(
          base,
          side,
          side,
          seldom<[string[], string[]]>([[], []], fc.constantFrom([['a'], ['a']], [['a'], []], [[], ['b', 'c']]), 2),
          fc.constantFrom('fail', 'ours', 'theirs'),
          async (before, our, their, texts, policy) => {
            await lab.next()
            const name = `t${++count}`
            const target = `work${count}`
            const [ours, theirs] = [edited(before, our, texts[0]), edited(before, their, texts[1])]
            const model = mergeModel(before, ours, theirs, policy)
            const schema = [ours, theirs].some((one) => replaces(before, one)) ? 'replace' : 'evolve'
            const first = await save(name, before, schema, { branch: { new: target } })
            await save(name, ours, schema, { branch: target })
            const head = await lab.database.resolve(target)
            const now = async () => {
              const [header, ...rows] = await lab.cells(name, { branch: target })
              expect(header!.toSorted()).toEqual(model.columns.toSorted())
              return sorted(rows.map((row) => model.columns.map((column) => row[header!.indexOf(column)]!)))
            }
            const branch = { from: first.toCommit!, mergeTo: target }
            const saving = save(name, theirs, schema, { branch, onConflict: policy })
            const error = await saving.then(
              () => undefined,
              (thrown: unknown) => thrown as DoltflowError,
            )
            const isLost = isFilled(before, ours, theirs) || isFilled(before, theirs, ours)
            const isRefused = error?.code === 'SCHEMA_CONFLICT' || error?.code === 'KEY_CHANGED'
            if (isLost || (isRefused && mayBeRefused(before, ours, theirs))) {
              seen.refused++
              expect(isRefused).toBe(true)
              expect(await lab.database.resolve(target)).toBe(head)
              return
            }
            if (policy === 'fail' && model.conflicts.length > 0) {
              seen.conflicts++
              expect(error).toMatchObject({ code: 'CONFLICT', data: { total: model.conflicts.length } })
              const found = (error!.data['conflicts'] as Conflict[]).map(({ key }) => String(key['id']))
              expect(found.toSorted()).toEqual(model.conflicts.toSorted())
              expect(await lab.database.resolve(target)).toBe(head)
              await lab.database.merge(error!.data['branch'] as string, { into: target, onConflict: 'ours' })
            } else {
              expect(error).toBeUndefined()
              seen.merged += Number((await saving).merged)
              seen.decided += model.conflicts.length
            }
            expect(await now()).toEqual(sorted(list(model)))
          },
        ),
        { ...parameters, numRuns },
      )
      expect(Math.min(...Object.values(seen))).toBeGreaterThan(numRuns / 30)
    },
    patience,
  )
})
