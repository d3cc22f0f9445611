import { fileURLToPath } from 'node:url'
import { built } from './built.mjs'

const FOLDER = fileURLToPath(new URL('../tools/dolt/', import.meta.url))

/**
 * The path of the pinned `dolt`, built and cached by the hash of its versions: the first build takes minutes.
 * @returns undefined if it is not built and can't be: no Go, or `build` is false
 */
export function pinnedDolt({ build = true } = {}) {
  return built({
    name: 'dolt',
    program: 'github.com/dolthub/dolt/go/cmd/dolt',
    folder: FOLDER,
    tags: ['gms_pure_go'],
    build,
  })
}
