import { durable } from './durable.ts'
import { startRedis } from './redis.ts'

durable({
  name: 'BullMQ',
  program: 'bullmq.mjs',
  start: ({ folder }) => startRedis(folder),
  cancelled: /abort|cancel|stopped/i,
})
