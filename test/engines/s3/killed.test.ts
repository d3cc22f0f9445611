import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clone, open } from '../../../dist/index.js'
import { Bench } from '../../contract/bench.ts'
import { doltliteUnderTest } from '../doltlite-under-test.ts'
import { lossyProxy } from './lossy-proxy.ts'
import { pointAt, startS3, type S3Server } from './server.ts'

const CLI = resolve('dist/bin/doltflow.js')
const bench = new Bench(doltliteUnderTest)
let server: S3Server
beforeAll(async () => {
  server = await startS3()
})
afterAll(async () => {
  await bench.end()
  await server.end()
})

test('a save that is killed at any request of its push: the bucket is as it was, or has it all; the next push goes on', async () => {
  const remote = `s3://${server.bucket}/killed`
  const database = await bench.open()
  await bench.save(database, 'rows', 'id,v\n1,first\n', { key: 'id', remote })
  let request = 0
  for (let isDone = false; !isDone;) {
    const wanted = `id,v\n1,first\n2,${++request}\n`
    const before = await textAt(remote)
    isDone = await killAt(request, ['save', 'rows', bench.file(wanted), '--db', database.location, '--remote', remote])
    expect([before, wanted]).toContain(await textAt(remote))
    await database.push(remote)
    expect(await textAt(remote)).toBe(await bench.text(database, 'rows'))
  }
  // The manifest is read and written, and packs are: for the branch, and for the records.
  expect(request).toBeGreaterThan(6)
  const copy = bench.url()
  await clone(remote, copy)
  expect(await (await bench.open(copy)).log()).toEqual(await database.log())
})

async function textAt(remote: string): Promise<string> {
  const database = await open(remote)
  try {
    return await bench.text(database, 'rows')
  } finally {
    await database.close()
  }
}

/** Runs a command, and kills it when its request of this number has been answered. @returns whether it ended before */
async function killAt(number: number, argv: string[]): Promise<boolean> {
  let requests = 0
  const proxy = await lossyProxy(server.port, {
    random: () => 1,
    lose: 0,
    repeat: 0,
    delay: 0,
    onAnswer: () => void (++requests === number && child.kill('SIGKILL')),
  })
  pointAt(proxy.port)
  const child = spawn(process.execPath, [CLI, ...argv], { stdio: 'ignore' })
  pointAt(server.port)
  const status = await new Promise((ended) => child.once('exit', (code) => ended(code)))
  proxy.end()
  return status === 0
}
