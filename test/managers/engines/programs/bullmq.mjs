import { setTimeout } from 'node:timers/promises'
import { FlowProducer, Queue, QueueEvents, Worker } from 'bullmq'
import { tables } from 'doltflow/bullmq'
import { Redis } from 'ioredis'
import { clean, say, slow, total, wrong } from './steps.mjs'

const [command, id, workflow, argument] = process.argv.slice(2)
const connection = { host: '127.0.0.1', port: Number(process.env.ENGINE) }
const name = process.env.NAME
const retries = { attempts: 5, backoff: { type: 'fixed', delay: 100 } }

/** What a job's children gave. */
const given = async (job) => Object.values(await job.getChildrenValues())[0]

const jobs = {
  clean: (job, options) => tables(job, job.data.db, (t) => clean(t, job.data.input), options),
  async total(job, options) {
    const [made] = [await given(job)].flat()
    return [made, await tables(job, job.data.db, (t) => total(t, made), options)]
  },
  async publish(job, options) {
    await tables(job, job.data.db, (t) => t.publish(), options)
    return given(job)
  },
  fail: () => Promise.reject(new Error('no luck')),
  drop: (job, options) => tables(job, job.data.db, (t) => t.drop(), options),
  wrong: (job, options) => tables(job, job.data.db, wrong, options),
  slow: (job, options) => tables(job, job.data.db, slow, options),
}

/** A workflow as a flow: the last job first. */
function flow() {
  const input = JSON.parse(argument)
  const one = (job, data, children) => ({
    name: job,
    queueName: name,
    data: { db: data.db, ...data },
    opts: { ...retries, jobId: `${id}-${job}`, ...(children ? {} : { failParentOnFailure: true }) },
    ...(children ? { children } : {}),
  })
  if (workflow === 'nightly') return one('total', { db: input.db }, [one('clean', { db: input.db, input })])
  if (workflow === 'failing') return one('wrong', { db: input })
  if (workflow === 'slow') return one('slow', { db: input })
  const { input: table, fails } = input
  const common = { db: table.db, input: table, run: id }
  const cleaned = [one('clean', common)]
  if (fails) return { ...one('fail', common, cleaned), opts: { jobId: `${id}-fail` } }
  const sum = one('total', common, cleaned)
  return one('publish', common, [{ ...sum, opts: { ...sum.opts, failParentOnFailure: true } }])
}

const commands = {
  async work() {
    const worker = new Worker(
      name,
      (job, _token, signal) => {
        const { run } = job.data
        return jobs[job.name](job, { signal, ...(run ? { run, transaction: true } : {}) })
      },
      { connection, lockDuration: 2000, stalledInterval: 2000, maxStalledCount: 5 },
    )
    // What was cancelled is told by a key of our own: BullMQ stops a job in its own worker.
    const client = new Redis(connection)
    setInterval(async () => {
      const cancelled = await client.get(`${name}-cancelled`)
      if (cancelled) worker.cancelJob(cancelled, 'cancelled')
    }, 200).unref()
    await worker.waitUntilReady()
    say({ ready: true })
  },
  async start() {
    const producer = new FlowProducer({ connection })
    const events = new QueueEvents(name, { connection })
    await events.waitUntilReady()
    const { job } = await producer.add(flow())
    try {
      say({ result: await job.waitUntilFinished(events) })
    } catch (error) {
      if (workflow === 'whole') {
        const queue = new Queue(name, { connection })
        const data = { db: JSON.parse(argument).input.db, run: id }
        await (await queue.add('drop', data, retries)).waitUntilFinished(events)
        await queue.close()
      }
      say({ failed: { message: error.message, name: error.name } })
    }
    await setTimeout(100)
    process.exit()
  },
  async cancel() {
    await new Redis(connection).set(`${name}-cancelled`, `${id}-slow`)
    process.exit()
  },
}
await commands[command]()
