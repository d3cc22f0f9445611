import { fileURLToPath } from 'node:url'
import { built } from './built.mjs'

/**
 * The path of a Temporal server, built from its Go module and cached by the hash of its versions: the first build takes minutes.
 * @returns undefined if it is not built and can't be: no Go, or `build` is false
 */
export function temporalServer({ build = true } = {}) {
  return built({
    name: 'temporal',
    program: '.',
    folder: fileURLToPath(new URL('../tools/temporal/', import.meta.url)),
    build,
  })
}
