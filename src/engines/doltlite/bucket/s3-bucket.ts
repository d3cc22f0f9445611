import type { S3Client, S3ServiceException } from '@aws-sdk/client-s3'
import { DoltflowError } from '../../../errors.ts'
import { BucketError, type Bucket, type Swap } from './bucket.ts'

/** Times that a request which is safe to repeat is tried. */
const TRIES = 5
/** How long a connection may take, and how long it may be silent, in ms. */
const TIMEOUTS = {
  connectionTimeout: 5000,
  socketTimeout: 20_000,
  requestTimeout: 120_000,
  throwOnRequestTimeout: true,
}

export interface S3Address {
  bucket: string
  /** Without a slash at either end; '' for the whole bucket. */
  prefix: string
}

/**
 * The parts of `s3://bucket/prefix`.
 * @returns undefined for any other URL
 */
export function parseS3(url: string): S3Address | undefined {
  const parts = /^s3:\/\/([^/?#]+)\/?([^?#]*)$/.exec(url)
  return parts ? { bucket: parts[1]!, prefix: parts[2]!.replace(/\/+$/, '') } : undefined
}

/**
 * Opens a bucket. Endpoint, region and credentials come from where AWS's own tools look for them: `AWS_ENDPOINT_URL_S3`,
 * `AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_PROFILE`, `~/.aws`, roles. `DOLTFLOW_S3_PATH_STYLE` (`true`, `false`) says whether the
 * bucket's name stands in the path; default: yes, if there is an endpoint.
 * @throws {DoltflowError} PACKAGE_MISSING
 */
export async function openS3({ bucket, prefix }: S3Address): Promise<Bucket> {
  const {
    GetObjectCommand,
    PutObjectCommand,
    ListObjectsV2Command,
    DeleteObjectCommand,
    S3Client: Client,
  } = await sdk()
  const { AWS_ENDPOINT_URL_S3: own, AWS_ENDPOINT_URL: any, DOLTFLOW_S3_PATH_STYLE: style } = process.env
  const settings = {
    requestHandler: TIMEOUTS,
    forcePathStyle: style === undefined || style === '' ? Boolean(own ?? any) : style === 'true' || style === '1',
    // Other makes of S3 know no checksums in trailers.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(process.env['AWS_REGION'] || process.env['AWS_DEFAULT_REGION'] ? {} : { region: await regionOf(Client) }),
  } as const
  const client: S3Client = new Client({ ...settings, maxAttempts: TRIES })
  // A write under a condition that is repeated unseen would meet its own first try, and say that another was there.
  const once: S3Client = new Client({ ...settings, maxAttempts: 1 })
  const full = (key: string): string => (prefix === '' ? key : `${prefix}/${key}`)
  const at = (key: string) => ({ Bucket: bucket, Key: full(key) })

  return {
    async get(key) {
      try {
        const { Body, ETag } = await client.send(new GetObjectCommand(at(key)))
        return { bytes: Buffer.from(await Body!.transformToByteArray()), tag: ETag! }
      } catch (error) {
        if (statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket') return undefined
        throw bucketError(error, bucket)
      }
    },
    async range(key, start, end) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ ...at(key), Range: `bytes=${start}-${end - 1}` }))
        return Buffer.from(await Body!.transformToByteArray())
      } catch (error) {
        throw bucketError(error, bucket)
      }
    },
    async put(key, bytes) {
      try {
        await client.send(new PutObjectCommand({ ...at(key), Body: bytes }))
      } catch (error) {
        throw bucketError(error, bucket)
      }
    },
    async putIf(key, bytes, tag): Promise<Swap> {
      try {
        const condition = tag === undefined ? { IfNoneMatch: '*' } : { IfMatch: tag }
        const { ETag } = await once.send(new PutObjectCommand({ ...at(key), Body: bytes, ...condition }))
        return { tag: ETag! }
      } catch (error) {
        const status = statusOf(error)
        // 404: what was to be replaced is gone. 409: another write is under way, and either may win.
        if (status === 412 || (status === 404 && nameOf(error) !== 'NoSuchBucket')) return 'changed'
        if (status === 409 || isPassing(error)) return 'unknown'
        throw bucketError(error, bucket)
      }
    },
    async list(start) {
      const objects: { key: string; modified: number }[] = []
      let now = Date.now()
      let token: string | undefined
      try {
        do {
          const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: full(start), ContinuationToken: token })
          command.middlewareStack.add(
            (next) => async (args) => {
              const result = await next(args)
              const { headers } = (result as { response: { headers?: Record<string, string> } }).response
              now = Date.parse(headers?.['date'] ?? '') || now
              return result
            },
            { step: 'deserialize' },
          )
          const page = await client.send(command)
          for (const { Key, LastModified } of page.Contents ?? [])
            objects.push({
              key: prefix === '' ? Key! : Key!.slice(prefix.length + 1),
              modified: LastModified!.getTime(),
            })
          token = page.NextContinuationToken
        } while (token !== undefined)
      } catch (error) {
        throw bucketError(error, bucket)
      }
      return { now, objects }
    },
    async remove(key) {
      try {
        await client.send(new DeleteObjectCommand(at(key)))
      } catch (error) {
        throw bucketError(error, bucket)
      }
    },
  }
}

async function sdk(): Promise<typeof import('@aws-sdk/client-s3')> {
  // It warns of the oldest Node that doltflow still supports.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
  try {
    return await import('@aws-sdk/client-s3')
  } catch (cause) {
    throw new DoltflowError(
      'PACKAGE_MISSING',
      'An s3:// remote needs the package @aws-sdk/client-s3, which is not installed beside doltflow. Install it: npm install @aws-sdk/client-s3',
      { data: { packages: ['@aws-sdk/client-s3'] }, cause },
    )
  }
}

/** The region that a profile names; else the one that other makes of S3 take for any. */
async function regionOf(Client: typeof S3Client): Promise<string> {
  try {
    return await new Client({}).config.region()
  } catch {
    return 'us-east-1'
  }
}

function statusOf(error: unknown): number | undefined {
  return (error as S3ServiceException).$metadata?.httpStatusCode
}

function nameOf(error: unknown): string {
  return (error as Error).name
}

/** Whether nobody knows what became of a request, or a repeat may help. */
function isPassing(error: unknown): boolean {
  const status = statusOf(error)
  if (status !== undefined) return status >= 500 || status === 408 || status === 429
  return nameOf(error) !== 'CredentialsProviderError'
}

function bucketError(error: unknown, bucket: string): BucketError {
  if (error instanceof BucketError) return error
  const { message } = error as Error
  const name = nameOf(error)
  const words: Record<string, string> = {
    NoSuchBucket: `there is no bucket ${bucket}`,
    AccessDenied: `access to the bucket ${bucket} was denied`,
    CredentialsProviderError:
      'no AWS credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE',
  }
  return new BucketError(
    words[name] ?? ([name, message].filter(Boolean).join(': ') || 'no answer'),
    isPassing(error),
    error,
  )
}
