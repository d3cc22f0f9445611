import { missingDolt } from '../engines/dolt-server.ts'
import { Lab } from './kit.ts'

/** An engine that a property is tried on. */
interface TriedEngine {
  engine: 'doltlite' | 'dolt'
  lab: Lab
  numRuns: number
  /** Why it isn't here. */
  missing: string | undefined
}

/**
 * The engines that a property of both is tried on: `npm test` takes the embedded one, `npm run test:servers` Dolt, any other run both.
 * @param numRuns how often on each
 */
export function triedEngines(numRuns: { doltlite: number; dolt: number }): TriedEngine[] {
  const only = process.env['DOLTFLOW_TEST_ENGINE']
  const all: TriedEngine[] = [
    { engine: 'doltlite', lab: new Lab(), numRuns: Math.ceil(numRuns.doltlite), missing: undefined },
    {
      engine: 'dolt',
      lab: new Lab((path) => `dolt:${path}`),
      numRuns: Math.ceil(numRuns.dolt),
      missing: missingDolt(),
    },
  ]
  return all.filter(({ engine }) => only === undefined || engine === only)
}

/** Where a property is tried that the memory engine answers soon; on DoltLite it is tried in a third of the cases. */
export function memoryAndDoltlite(
  numRuns: number,
  seed: number,
): { name: string; url: ((path: string) => string) | undefined; parameters: { numRuns: number; seed: number } }[] {
  return [
    { name: 'in memory', url: (path) => `memory:${path}`, parameters: { numRuns, seed } },
    { name: 'on DoltLite', url: undefined, parameters: { numRuns: Math.ceil(numRuns / 3), seed } },
  ]
}
