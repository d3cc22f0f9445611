import { mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sweepFolder, temporaryBeside } from '../../../system/temporary.ts'
import type { Engine } from '../../engine.ts'
import { databaseNotFound } from '../../refusals.ts'
import { LAZY_SUFFIX } from '../connection/connection.ts'
import { openDoltlite } from '../index.ts'
import { serveBucket } from './through-bucket.ts'

/**
 * Opens a remote in a bucket to be read: its refs are copied, and of its tables what is read.
 * @throws {NotFoundError} DATABASE_NOT_FOUND @throws {DoltflowError} REMOTE_UNREACHABLE, REMOTE_REFUSED, PACKAGE_MISSING
 */
export async function openBucket(url: string): Promise<Engine> {
  const bucket = await serveBucket(url)
  sweepFolder(tmpdir())
  const folder = temporaryBeside(join(tmpdir(), 'bucket'))
  const end = (): void => {
    bucket.close()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    if (bucket.isEmpty) throw databaseNotFound(url)
    mkdirSync(folder, { mode: 0o700 })
    const copy = await openDoltlite(join(folder, `copy${LAZY_SUFFIX}`), { create: true, bare: true, check: false })
    await copy.fillLazily(url, bucket.gateway)
    return {
      name: 'doltlite',
      location: url,
      capabilities: { readOnly: `${url} is read where it lies; clone it to save into it` },
      session: (options) => copy.session({ ...options, write: false }),
      async close() {
        await copy.close()
        end()
      },
    }
  } catch (error) {
    end()
    throw bucket.explain(error)
  }
}
