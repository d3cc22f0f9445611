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
