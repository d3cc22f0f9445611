import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { temporalServer } from '../../../scripts/build-temporal.mjs'
import { durable } from './durable.ts'

durable({
  name: 'Temporal',
  program: 'temporal.mjs',
  start: startTemporal,
  example: {
    folder: 'temporal',
    env(at) {
      const { address, namespace } = JSON.parse(at) as { address: string; namespace: string }
      return { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace }
    },
  },
  atOnce: 100,
  cancelled: /cancel/i,
})

/** A server of Temporal, built from its Go module, with its data in memory. */
async function startTemporal(): Promise<{ at: string; stop(): Promise<void> }> {
  const program = temporalServer()
  if (program === undefined) throw new Error('The Temporal server is not built: that needs Go (README, "Tests")')
  const server = spawn(program, { stdio: ['pipe', 'pipe', 'ignore'] })
  const { value } = await createInterface({ input: server.stdout })[Symbol.asyncIterator]().next()
  return {
    at: String(value),
    async stop() {
      const ended = once(server, 'close')
      server.kill('SIGKILL')
      await ended
    },
  }
}
