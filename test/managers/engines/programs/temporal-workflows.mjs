import { ApplicationFailure, proxyActivities } from '@temporalio/workflow'
import { isTableHandle } from 'doltflow/handle'

const { clean, total, wrong, slow, small, cleanInside, totalInside, publish, drop } = proxyActivities({
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '3s',
  retry: { initialInterval: '100ms', backoffCoefficient: 1 },
})

export async function nightly(input) {
  if (!isTableHandle(input)) throw ApplicationFailure.nonRetryable('a handle is needed')
  const made = await clean(input)
  return [made, await total(made)]
}

export async function whole({ input, fails }) {
  try {
    const made = await cleanInside(input)
    if (fails) throw ApplicationFailure.nonRetryable('no luck')
    const sum = await totalInside(input.db, made)
    await publish(input.db)
    return [made, sum]
  } catch (error) {
    await drop(input.db)
    throw error
  }
}

export const many = ({ db, count }) => Promise.all(Array.from({ length: count }, (_, id) => small(db, id)))

export const failing = (db) => wrong(db)

const slowly = (db) => slow(db)
export { slowly as slow }
