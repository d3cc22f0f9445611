import { createHash, randomUUID } from 'node:crypto'
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { homedir, tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { DoltflowError } from '../../../errors.ts'
import { forOlderGlibc } from './elf.ts'

/** The subset of the binding that doltflow uses (its API is node:sqlite's). */
export interface DatabaseSync {
  exec(sql: string): void
  prepare(sql: string): StatementSync
  close(): void
  readonly inTransaction: boolean
}
export interface StatementSync {
  run(...values: unknown[]): unknown
  get(...values: unknown[]): unknown
  all(...values: unknown[]): unknown[]
  iterate(...values: unknown[]): Iterable<unknown>
  columns(): { name: string }[]
  setReturnArrays(enabled: boolean): void
  setReadBigInts(enabled: boolean): void
}
export interface Addon {
  DatabaseSync: new (path: string, options?: { readOnly?: boolean }) => DatabaseSync
}

const PLATFORMS =
  'linux-x64 and linux-arm64 with glibc 2.28 or newer (not musl, as in Alpine), darwin-x64, darwin-arm64, win32-x64'

/**
 * Loads the embedded engine's addon. Where the C library is older than 2.38, a rewritten copy is loaded,
 * made once into the user's cache folder.
 * @throws {DoltflowError} ENGINE_UNAVAILABLE if this platform has no build that loads
 */
export function loadAddon(): Addon {
  return (loaded ??= load())
}

/** Each connection asks for it, and a save opens ten. */
let loaded: Addon | undefined

function load(): Addon {
  const require = createRequire(import.meta.url)
  const name = `${process.platform}-${process.arch}`
  let path: string
  try {
    path = join(dirname(require.resolve('@dolthub/doltlite/package.json')), 'prebuilds', name, 'doltlite.node')
  } catch (cause) {
    throw unavailable('the package @dolthub/doltlite is not installed', cause)
  }
  if (!existsSync(path)) throw unavailable(`there is no build of it for ${name}`)
  try {
    return require(path) as Addon
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    if (!reason.includes('GLIBC_2.38')) throw unavailable(reason.split('\n')[0]!, cause)
    return loadRewritten(path)
  }
}

function loadRewritten(path: string): Addon {
  try {
    const copy = join(cacheFolder(), `doltlite-${identity(path)}.node`)
    if (!existsSync(copy)) {
      const temporary = `${copy}.${randomUUID()}`
      try {
        writeFileSync(temporary, forOlderGlibc(readFileSync(path)), { mode: 0o700 })
        renameSync(temporary, copy)
      } finally {
        rmSync(temporary, { force: true })
      }
    }
    const module = { exports: {} as Addon }
    process.dlopen(module, copy)
    return module.exports
  } catch (cause) {
    throw unavailable(cause instanceof Error ? cause.message : String(cause), cause)
  }
}

/** Of two builds neither the size nor the beginning is the same: the linker writes its hash there. To read all takes 10 ms. */
function identity(path: string): string {
  const head = Buffer.alloc(1 << 16)
  const file = openSync(path, 'r')
  try {
    readSync(file, head)
    return createHash('sha256')
      .update(`${fstatSync(file).size}`)
      .update(head)
      .digest('hex')
      .slice(0, 32)
  } finally {
    closeSync(file)
  }
}

/** A folder of this user's own: code is loaded from it. */
function cacheFolder(): string {
  const base = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  for (const folder of [join(base, 'doltflow'), join(tmpdir(), `doltflow-${userInfo().uid}`)]) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      accessSync(folder, constants.W_OK)
      if (process.getuid === undefined || statSync(folder).uid === process.getuid()) return folder
    } catch {
      // A read-only home is usual in containers: the next folder is tried.
    }
  }
  throw new Error('neither the cache folder nor the temporary folder can be written; set XDG_CACHE_HOME')
}

function unavailable(reason: string, cause?: unknown): DoltflowError {
  return new DoltflowError(
    'ENGINE_UNAVAILABLE',
    `The embedded engine (DoltLite) cannot be loaded here: ${reason}. It runs on ${PLATFORMS}. ` +
      'Use one of these (in a container: a Debian-based image such as node:20-slim).',
    { data: { platform: process.platform, arch: process.arch, reason }, cause },
  )
}
