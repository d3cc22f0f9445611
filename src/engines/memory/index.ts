import { UsageError } from '../../errors.ts'
import type { Capabilities, Cloned, Engine, EngineOptions, Session, SessionOptions } from '../engine.ts'
import { databaseClosed, databaseExists, databaseNotFound } from '../refusals.ts'
import { MemoryDatabase } from './branches/database.ts'
import { copyOf, databases, memoryRemoteUrl } from './remotes.ts'
import { memorySession, NO_QUERIES } from './session.ts'

/*
 * A database of this process, in plain Maps. It is the simplest engine that keeps all promises but those that need a
 * disk: tests run on it in milliseconds, and what the others do is compared with what it does.
 */

/**
 * Opens `memory:NAME`; all who open one name in a process share it.
 * @throws {UsageError} URL_INVALID @throws {NotFoundError} DATABASE_NOT_FOUND if there is none and `create` is not set
 */
export function openMemory(url: string, { create = false }: EngineOptions): Engine {
  const location = locationOf(url)
  if (!create && !databases.has(location)) throw databaseNotFound(location)
  return new MemoryEngine(location)
}

/** Copies a remote's whole database into a new one. @throws {RefusedError} DATABASE_EXISTS */
export function cloneMemory(remote: string, url: string): Cloned {
  const location = locationOf(url)
  if (databases.has(location)) throw databaseExists(location)
  const copy = copyOf(memoryRemoteUrl(remote))
  databases.set(location, copy)
  return { location, branches: [...copy.branches.keys()].toSorted() }
}

/** Forgets a database; without this it is kept as long as its process runs. */
export function forgetMemory(url: string): void {
  databases.delete(locationOf(url))
}

/** @throws {UsageError} URL_INVALID */
function locationOf(url: string): string {
  const location = url.replace(/^memory:/i, 'memory:')
  if (location !== 'memory:') return location
  throw new UsageError('URL_INVALID', 'A database in memory needs a name, such as memory:test.', { data: { url } })
}

class MemoryEngine implements Engine {
  readonly name = 'memory'
  readonly location: string
  readonly capabilities: Capabilities = { queries: NO_QUERIES }
  #closed = false

  constructor(location: string) {
    this.location = location
  }

  async session(options: SessionOptions = {}): Promise<Session> {
    this.#refuseClosed()
    if (options.write && !databases.has(this.location)) databases.set(this.location, MemoryDatabase.founded())
    const database = databases.get(this.location)
    if (!database) throw databaseNotFound(this.location)
    return memorySession(database, options, () => this.#refuseClosed())
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  #refuseClosed(): void {
    if (this.#closed) throw databaseClosed(this.location)
  }
}
