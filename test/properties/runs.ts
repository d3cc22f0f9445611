/* A gate gives the same answer to the same tree: new seeds are tried by `npm run test:long`. */
const seed = Number(process.env['FC_SEED'] ?? 20261123)
const numRuns = Number(process.env['FC_RUNS'] ?? 100)

/** How a property is run; its seed is printed. `FC_SEED` is another seed, `FC_RUNS` another number of runs. */
export function runs(name: string): { numRuns: number; seed: number } {
  console.info(`${name}: FC_SEED=${seed}`)
  return { numRuns, seed }
}

/** Milliseconds after which a property hangs. */
export const patience = 60_000 + numRuns * 1000
