import { DoltflowError, RefusedError } from '../../../errors.ts'
import { markedText } from '../../../spelling.ts'
import { BucketError } from './bucket.ts'
import { ChunkStore } from './chunk-store.ts'
import { openGateway, type Gateway } from './gateway.ts'
import { openS3, parseS3 } from './s3-bucket.ts'

/** A bucket that is served to the engine. */
export interface ServedBucket {
  /** Where the engine finds it. */
  gateway: string
  /** Whether nothing was pushed there yet. */
  isEmpty: boolean
  /** The error that a failed call of the engine stands for. */
  explain(error: unknown): unknown
  /** Puts the bucket in order after a push. */
  tidy(): Promise<void>
  close(): void
}

/** Serves the bucket that a URL names. @throws {DoltflowError} REMOTE_UNREACHABLE, REMOTE_REFUSED, PACKAGE_MISSING */
export async function serveBucket(url: string): Promise<ServedBucket> {
  const store = new ChunkStore(await openS3(parseS3(url)!))
  let gateway: Gateway
  let isEmpty: boolean
  try {
    isEmpty = (await store.refs()) === undefined
    gateway = await openGateway(store)
  } catch (error) {
    throw bucketFailure(url, error)
  }
  return {
    gateway: gateway.url,
    isEmpty,
    explain: (error) => (gateway.failure ? bucketFailure(url, gateway.failure) : renamed(error, gateway.url, url)),
    tidy: () => store.tidy(),
    close: () => gateway.close(),
  }
}

/** Does a call of the engine with a bucket's gateway in the place of the bucket. */
export async function throughBucket<T>(
  url: string,
  call: (bucket: ServedBucket) => Promise<T>,
  { tidy = false }: { tidy?: boolean } = {},
): Promise<T> {
  const bucket = await serveBucket(url)
  try {
    const result = await call(bucket)
    if (tidy) await bucket.tidy()
    return result
  } catch (error) {
    throw bucket.explain(error)
  } finally {
    bucket.close()
  }
}

function bucketFailure(url: string, error: unknown): unknown {
  if (!(error instanceof BucketError)) return error
  const data = { remote: url, reason: error.message }
  if (error.passing)
    return new DoltflowError(
      'REMOTE_UNREACHABLE',
      `The remote ${url} can't be reached: ${error.message}. Check the endpoint and the network; what is saved here stays here until the next save or push.`,
      { data, cause: error, retryable: true },
    )
  return new RefusedError('REMOTE_REFUSED', `The remote ${url} refused: ${error.message}.`, { data, cause: error })
}

/** An error of the engine names the gateway, which nobody knows. */
function renamed(error: unknown, gateway: string, url: string): unknown {
  if (!(error instanceof DoltflowError) || !error.message.includes(gateway)) return error
  return new DoltflowError(error.code, markedText(error).replaceAll(gateway, url), {
    data: { ...error.data, remote: url },
    cause: error.cause,
    retryable: error.retryable,
  })
}
