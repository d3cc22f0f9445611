import { proxyActivities } from '@temporalio/workflow'

const { clean, total, publish, drop } = proxyActivities({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '10s',
  retry: { initialInterval: '1s' },
})

export async function nightly(input) {
  try {
    const made = await clean(input)
    const sum = await total(made)
    await publish(input.db)
    return sum
  } catch (error) {
    await drop(input.db)
    throw error
  }
}
