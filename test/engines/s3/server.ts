import { spawn } from 'node:child_process'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { freePort } from '../../../dist/system/free-port.js'
import { pythonWithPackages } from '../../interop/python.ts'

const PACKAGES = ['moto[s3,server]==5.2.5']
const BUCKET = 'lake'
const STARTING_MS = 60_000

export interface S3Server {
  port: number
  bucket: string
  end(): Promise<void>
}

/** Points this process, and those that it starts, at a server. */
export function pointAt(port: number): void {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
  })
}

/** A real server of S3's protocol, from PyPI: it honours conditional writes. */
export async function startS3(): Promise<S3Server> {
  const found = pythonWithPackages(PACKAGES, 'doltflow-moto')
  if (found.missing !== undefined) throw new Error(found.missing)
  const port = await freePort()
  const server = spawn(found.python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  pointAt(port)
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'
  const client = new S3Client({ forcePathStyle: true })
  for (const deadline = Date.now() + STARTING_MS; ;) {
    try {
      await client.send(new CreateBucketCommand({ Bucket: BUCKET }))
      break
    } catch (error) {
      if (Date.now() > deadline || server.exitCode !== null) throw error
    }
  }
  return {
    port,
    bucket: BUCKET,
    async end() {
      client.destroy()
      server.kill()
      await ended
    },
  }
}
