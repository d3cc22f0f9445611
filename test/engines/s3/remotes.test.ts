import { basename } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import type { EngineUnderTest } from '../../contract/bench.ts'
import { gcRemotesContract } from '../../contract/engine/gc-remotes.ts'
import { remoteContract } from '../../contract/engine/remotes.ts'
import { doltliteUnderTest } from '../doltlite-under-test.ts'
import { startS3, type S3Server } from './server.ts'

describe('the embedded engine with remotes in a bucket', () => {
  let server: S3Server
  beforeAll(async () => {
    server = await startS3()
  })
  afterAll(() => server.end())
  const engine: EngineUnderTest = {
    ...doltliteUnderTest,
    remoteUrl: (folder, name) => `s3://lake/${basename(folder)}/${name}`,
    lostRemoteUrl: () => 's3://no-such-bucket/remote',
    lacks: { lostRemotes: 'a bucket is lost in another way' },
  }
  remoteContract(engine)
  gcRemotesContract(engine)
})
