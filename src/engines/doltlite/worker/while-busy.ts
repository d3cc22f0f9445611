import { DoltflowError } from '../../../errors.ts'
import { throwIfAborted } from '../../../system/abort.ts'
import { waitAtRandom } from '../../../system/wait.ts'

/** How long a call that finds the database locked tries again, in ms, and the pause between two tries. */
const BUSY_LIMIT = 10 * 60 * 1000
const BUSY_PAUSE = 25

/** Does work again for as long as another process holds the database's lock. */
export async function whileBusy<T>(signal: () => AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + BUSY_LIMIT
  for (;;) {
    throwIfAborted(signal())
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof DoltflowError) || error.code !== 'DATABASE_BUSY' || Date.now() > deadline) throw error
      await waitAtRandom(BUSY_PAUSE)
    }
  }
}
