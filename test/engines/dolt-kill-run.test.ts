import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { killedRuns, killedSteps, type KilledPlace } from '../faults/killed-runs.ts'
import { missingDolt, startServer, type TestServer } from './dolt-server.ts'

describe.skipIf(missingDolt() !== undefined)('on a Dolt server', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server?.remove())

  const place: KilledPlace = {
    url: () => server.url(`killed_${randomUUID().replaceAll('-', '')}`),
    merging: [],
    publishing: [],
    async expectClean(database) {
      const names = (await database.branches({ all: true })).map(({ name }) => name)
      expect(names.filter((name) => name.startsWith('doltflow/'))).toEqual([])
      expect((await database.status()).dirty).toEqual([])
    },
  }

  killedRuns(place)
  killedSteps(place)
})
