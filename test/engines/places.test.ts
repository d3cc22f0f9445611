import { execFileSync } from 'node:child_process'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Places } from '../../dist/engines/doltlite/worker/places.js'

/* How many sessions write at once. */

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function takers(places: Places, count: number, mayWait: boolean, signal?: AbortSignal) {
  const left: (() => void)[] = []
  for (let n = 0; n < count; n++)
    void places.take(signal, mayWait).then(
      (leave) => left.push(leave),
      () => {},
    )
  return left
}

it('are one after the other while they are quick', async () => {
  const left = takers(new Places(), 3, false)
  for (const turn of [1, 2, 3]) {
    await vi.advanceTimersByTimeAsync(10)
    expect(left).toHaveLength(turn)
    left[turn - 1]!()
  }
})

it('are a few at once if they take longer, and no more', async () => {
  const left = takers(new Places(), 10, false)
  await vi.advanceTimersByTimeAsync(8000)
  expect(left).toHaveLength(4)
  left[0]!()
  await vi.advanceTimersByTimeAsync(1)
  expect(left).toHaveLength(5)
})

it('are as many as wait for their callers', async () => {
  const places = new Places()
  const waiting = takers(places, 20, true)
  await vi.advanceTimersByTimeAsync(2500)
  expect(waiting).toHaveLength(20)
  const quick = takers(places, 1, false)
  await vi.advanceTimersByTimeAsync(1)
  expect(quick).toHaveLength(1)
})

it('are more at last than the few, if those never end', async () => {
  const left = takers(new Places(), 5, false)
  await vi.advanceTimersByTimeAsync(12_000)
  expect(left).toHaveLength(5)
})

it('leaves out who was aborted while it waited', async () => {
  const places = new Places()
  const first = takers(places, 1, false)
  const controller = new AbortController()
  const refused = places.take(controller.signal, false).catch((error: unknown) => error)
  const last = takers(places, 1, false)
  await vi.advanceTimersByTimeAsync(1)
  controller.abort()
  expect(await refused).toMatchObject({ code: 'ABORTED' })
  first[0]!()
  await vi.advanceTimersByTimeAsync(1)
  expect(last).toHaveLength(1)
})

it('keep a process alive in which who has the place waits for another', () => {
  const module = new URL('../../dist/engines/doltlite/worker/places.js', import.meta.url).href
  const script = `import { Places } from ${JSON.stringify(module)}
    const places = new Places()
    await places.take(undefined, false)
    await places.take(undefined, false)
    console.log('both')`
  expect(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })).toBe('both\n')
})
