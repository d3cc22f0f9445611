import { dolt, startServer } from '../../engines/dolt-server.ts'
import { durable } from './durable.ts'
import { startRedis } from './redis.ts'

/* Workers on two hosts, which share no file and see no process of each other: what they save is at a Dolt server. */

if (dolt() === undefined) throw new Error('There is no dolt: npm run test:servers says how it is built')

durable({
  name: 'BullMQ over a Dolt server',
  program: 'bullmq.mjs',
  start: ({ folder }) => startRedis(folder),
  cancelled: /abort|cancel|stopped/i,
  async databases() {
    const server = await startServer()
    const open = new URL(server.url('x'))
    return {
      url: (name) => server.url(name),
      // A handle has no password.
      env: { DOLTFLOW_PASSWORD: decodeURIComponent(open.password) },
      remove: () => server.remove(),
    }
  },
})
