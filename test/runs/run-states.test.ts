import { expect, test } from 'vitest'
import { writeEvent } from '../../dist/runs/events.js'
import { readRun } from '../../dist/runs/run-states.js'
import { currentOwner, ownerText } from '../../dist/system/owner.js'
import { InMemory } from '../in-memory.ts'

/* Whether a run still runs, as its record and its process's lease tell, where no lock does. */

const MINUTE = 60_000
const elsewhere = { host: '0badcafe', pid: 7, started: 42 }

async function statusOf({ owner = elsewhere, minutes = 0, renewed = -1 } = {}): Promise<string | undefined> {
  const { session } = await InMemory.open()
  const ago = (count: number): number => Date.now() - count * MINUTE
  await writeEvent(session, {
    run: 'r1',
    event: 'begun',
    at: new Date(ago(minutes)).toISOString(),
    into: 'main',
    commit: (await session.head('main'))!,
    author: 'A <a@b>',
    data: { owner: ownerText(owner) },
  })
  if (renewed >= 0)
    await session.createBranch(
      `doltflow/lease/${ownerText(owner)}/0a0b0c0d-${ago(renewed)}`,
      (await session.head('main'))!,
    )
  return (await readRun(session, 'r1'))?.status
}

test('a process of this host is seen', async () => {
  expect(await statusOf({ owner: currentOwner(), minutes: 600 })).toBe('running')
  expect(await statusOf({ owner: { ...currentOwner(), started: 1 } })).toBe('interrupted')
})

test('one of another host runs while its lease is renewed', async () => {
  expect(await statusOf({ minutes: 1 })).toBe('running')
  expect(await statusOf({ minutes: 600, renewed: 1 })).toBe('running')
  expect(await statusOf({ minutes: 600, renewed: 10 })).toBe('interrupted')
  expect(await statusOf({ minutes: 10 })).toBe('interrupted')
})
