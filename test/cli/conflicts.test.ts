import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { words } from './cli.js'
import { folder, text, useFoo } from './foo.js'

useFoo()

it('keeps a conflict on a branch, lists its rows, and a merge finishes it', async () => {
  await folder.ok('tag base')
  await folder.ok('save foo - --mode upsert', { stdin: 'a,b\n1,ours\n' })
  const conflict = await folder.run(words('save foo - --mode upsert --from base --merge-to main'), {
    stdin: 'a,b\n1,theirs\n',
  })
  expect(conflict.code).toBe(3)
  expect(conflict.err).toMatch(/^error CONFLICT: 1 row conflicts with branch main in foo/)
  expect(conflict.err).toMatch(/table +key +column +base +ours +theirs\nfoo +1 +b +x +ours +theirs\n/)
  const branch = /conflict\/[0-9a-f]+/.exec(conflict.err)![0]
  expect((await folder.ok('status')).out).toContain(`conflict kept on ${branch}`)
  expect((await folder.run(words(`merge ${branch} --into main`))).code).toBe(3)
  const merged = await folder.ok(`merge ${branch} --into main --on-conflict theirs`)
  expect(merged.out).toContain(`It is finished; branch ${branch} is gone`)
  expect(await text()).toBe('a,b\n1,theirs\n2,y\n3,z\n')
  expect((await folder.ok('branch')).out).not.toContain('conflict/')
})

it('shows the cells of a conflict as a file has them', async () => {
  await folder.ok('save prices - --key id', { stdin: 'id,price\n1,0.50\n' })
  await folder.ok('tag before')
  await folder.ok('save prices -', { stdin: 'id,price\n1,0.60\n' })
  const conflict = await folder.run(words('save prices - --from before --merge-to main'), {
    stdin: 'id,price\n1,0.70\n',
  })
  expect(conflict.err).toMatch(/prices +1 +price +0\.50 +0\.60 +0\.70\n/)
})

it('refuses to merge where that is asked, with status 3, and decides where a policy is given', async () => {
  await folder.ok('tag base')
  await folder.ok('save foo - --mode upsert', { stdin: 'a,b\n1,ours\n' })
  const build = 'save foo - --mode upsert --from base --merge-to main'
  expect((await folder.run(words(`${build} --no-merge`), { stdin: 'a,b\n2,q\n' })).code).toBe(3)
  await folder.ok(`${build} --on-conflict ours`, { stdin: 'a,b\n1,theirs\n2,q\n' })
  expect(await text()).toBe('a,b\n1,ours\n2,q\n3,z\n')
})

it('says that names differ only in case, where nobody dropped a table', async () => {
  await folder.ok('branch exp')
  await folder.ok('save Preds - --key id', { stdin: 'id,v\n1,a\n' })
  await folder.ok('save preds - --key id --branch exp', { stdin: 'id,v\n1,b\n' })
  const { code, err } = await folder.run(words('merge exp'))
  expect(code).toBe(4)
  expect(err).toContain(
    "main has a table Preds, and exp has preds. The names differ only in case, and the engine can't keep both on one branch.",
  )
  expect(err).not.toContain('dropped the table')
  expect(err).toContain('doltflow drop Preds --branch main')
})

it('lists conflicts to be filled in, and merges what a file decides; a wrong line is told by its place', async () => {
  await folder.ok('branch exp')
  await folder.ok('save foo - --mode upsert --branch exp', { stdin: 'a,b\n1,theirs\n2,p\n' })
  await folder.ok('save foo - --mode upsert', { stdin: 'a,b\n1,ours\n2,q\n' })
  const table = await folder.ok('conflicts exp')
  expect(table.out).toMatch(/^2 rows of exp conflict with main:\n/)
  expect(table.out).toContain('doltflow merge exp --into main --resolve decisions.csv')
  const csv = (await folder.ok('conflicts exp --format csv')).out
  expect(csv).toBe('table,key,column,base,ours,theirs,decision,value\nfoo,1,b,x,ours,theirs,,\nfoo,2,b,y,q,p,,\n')
  const merge = async (decisions: string, name = 'decisions.csv') => {
    writeFileSync(join(folder.path, name), decisions)
    return folder.run(words(`merge exp --resolve ${name}`))
  }
  expect((await merge(csv)).code).toBe(3)
  const wrong = await merge(csv.replace('theirs,,', 'theirs,their,'))
  expect(wrong.code).toBe(1)
  expect(wrong.err).toMatch(
    /^error DECISION_INVALID: .*decisions\.csv: Line 2, column decision \(foo 1, column b\): "their"/,
  )
  const lines = (await folder.ok('conflicts exp --format jsonl')).out.trim().split('\n')
  const decided = lines.map((line, at) => ({
    ...(JSON.parse(line) as object),
    ...(at === 0 ? { decision: 'theirs' } : { value: 'own' }),
  }))
  expect((await merge(decided.map((one) => JSON.stringify(one)).join('\n'), 'decisions.jsonl')).code).toBe(0)
  expect(await text()).toBe('a,b\n1,theirs\n2,own\n3,z\n')
})

it('keeps rules of a table, and lists and removes them', async () => {
  expect((await folder.ok('rules set foo b=theirs')).out).toBe('Conflicts of foo: b=theirs\n')
  expect((await folder.ok('rules')).out).toMatch(/^table +rules +set by\nfoo +b=theirs +/)
  expect((await folder.run(words('rules set foo c=theirs'))).code).toBe(2)
  expect((await folder.ok('rules remove foo')).out).toBe('foo has no rules for conflicts.\n')
  expect((await folder.ok('rules')).out).toContain('No rules.')
})
