import { afterAll, describe, test } from 'vitest'
import { missingDolt, startServer, type TestServer } from '../engines/dolt-server.ts'
import { patience, runs } from './kit.ts'
import { compareHistories } from './oracle.ts'

const missing = missingDolt()
const server = (missing === undefined ? await startServer() : undefined) as TestServer
afterAll(() => server?.remove())

/** A history on a server takes as long as thirty saves of the other properties. */
const parameters = (({ numRuns, seed }) => ({ numRuns: Math.ceil(numRuns / 30), seed }))(runs('oracle on Dolt'))
let count = 0

describe.skipIf(missing !== undefined)(`Dolt${missing === undefined ? '' : `: ${missing}`}`, () => {
  test(
    'any history comes to the same on Dolt and in memory, but for the order of keys, numbers as texts and reasons in words',
    () => compareHistories({ name: 'dolt', url: () => server.url(`oracle${++count}`), essence: asTexts }, parameters),
    patience,
  )
})

/** A column there has one type, and a key's cells are texts: their order is another one, and so is what a number is. */
function asTexts(seen: unknown): unknown {
  if (typeof seen === 'number' || typeof seen === 'bigint') return String(seen)
  if (Array.isArray(seen)) return seen.map(asTexts).toSorted(byText)
  if (typeof seen !== 'object' || seen === null) return seen
  return Object.fromEntries(
    Object.entries(seen)
      .filter(([name]) => name !== 'reason')
      .map(([name, value]) => [name, name === 'text' ? (value as string).split('\n').toSorted() : asTexts(value)]),
  )
}

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1
}
