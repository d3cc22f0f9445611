import { join } from 'node:path'
import { test } from 'vitest'
import { patience, runs } from './kit.ts'
import { compareHistories, folder } from './oracle.ts'

/** A history takes as long as ten saves of the other properties. */
const parameters = (({ numRuns, seed }) => ({ numRuns: Math.ceil(numRuns / 10), seed }))(runs('oracle'))
let count = 0

test(
  'any history comes to the same on DoltLite and in memory',
  () => compareHistories({ name: 'doltlite', url: () => join(folder, `oracle${++count}.db`) }, parameters),
  patience,
)
