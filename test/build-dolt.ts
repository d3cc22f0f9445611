import { pinnedDolt } from '../scripts/build-dolt.mjs'

/** Builds the Dolt that its engine's tests run, where it is not built yet and Go is there. In CI it must be. */
export default function setup(): void {
  if (process.env['DOLTFLOW_DOLT'] || pinnedDolt({ build: false })) return
  process.stderr.write('Building dolt from its Go module, once; it takes minutes.\n')
  if (pinnedDolt()) return
  const missing = 'dolt is not built: Go is not on PATH, or the build failed (https://go.dev/doc/install)'
  if (process.env['CI']) throw new Error(missing)
  process.stderr.write(`${missing}. The tests of the Dolt engine do not run.\n`)
}
