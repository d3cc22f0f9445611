import { afterAll, beforeAll, test } from 'vitest'
import { startS3, type S3Server } from './server.ts'
import { saveAtOnce } from './writers.ts'

let server: S3Server
beforeAll(async () => {
  server = await startS3()
})
afterAll(() => server.end())

test('writers at once over a network that loses, repeats and reorders: none lost, none twice', async () => {
  await saveAtOnce(server, 4, 3, 1)
})
