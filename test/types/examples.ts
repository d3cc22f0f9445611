import {
  accept,
  clone,
  copy,
  isDoltflowError,
  isTableHandle,
  jsonlSink,
  mlflowSink,
  open,
  openLineageSink,
  openTelemetrySink,
  webhookSink,
  type Database,
} from '../../dist/index.js'

/* Written by `npm run docs` from the examples in the doc comments; checked by `tsc -p tsconfig.test.json`, never run. */

export async function examples(db: Database): Promise<void> {
  // accept
  {
    const { branches } = await accept('pipeline.db')
    void branches
  }
  // copy
  {
    const { commits, cut } = await copy('pipeline.db', 'mysql://user@host:3306/pipeline')
    void commits
    void cut
  }
  // open
  {
    const pipeline = await open('pipeline.db', { run: 'last-night' })
    const here = await open('pipeline', { databases: { pipeline: 'mysql://doltflow@db/pipeline' } })
    void pipeline
    void here
  }
  // isTableHandle
  {
    const ok = isTableHandle(JSON.parse('{}'))
    void ok
  }
  // isDoltflowError
  {
    const caught = await db.merge('exp').catch((error: unknown) => error)
    if (isDoltflowError(caught, 'CONFLICT')) console.log(caught.data.branch, caught.data.conflicts)
    void caught
  }
  // clone
  {
    const { branches } = await clone('file:///backup/pipeline.db', 'pipeline.db')
    void branches
  }
  // mlflowSink
  {
    const pipeline = await open('pipeline.db', { sinks: [mlflowSink({ url: 'http://localhost:5000' })] })
    void pipeline
  }
  // openLineageSink
  {
    const pipeline = await open('pipeline.db', { sinks: [openLineageSink({ target: 'http://localhost:5000' })] })
    void pipeline
  }
  // openTelemetrySink
  {
    const pipeline = await open('pipeline.db', { sinks: [openTelemetrySink()] })
    void pipeline
  }
  // webhookSink
  {
    const pipeline = await open('pipeline.db', { sinks: [webhookSink('https://hooks.example.org/tables')] })
    void pipeline
  }
  // jsonlSink
  {
    const pipeline = await open('pipeline.db', { sinks: [jsonlSink('actions.jsonl')] })
    void pipeline
  }
  // save
  {
    const action = await db.save('bar', 'bar.csv', { key: 'c', branch: { from: 'c2', mergeTo: 'main' } })
    console.log(action.changed, action.toCommit)
    void action
  }
  // saveAll
  {
    await db.saveAll({ orders: 'o.csv', lines: 'l.parquet' }, { tables: { orders: { key: 'id' } } })
  }
  // load
  {
    await db.load('foo', 'foo.csv', { at: 'HEAD~2' })
    await db.load({ sql: 'SELECT * FROM foo WHERE id = ?', parameters: [7] }, process.stdout)
  }
  // loadAll
  {
    await db.loadAll('dump', { at: 'run:last-night', format: 'parquet' })
  }
  // rows
  {
    for await (const row of db.rows('foo')) console.log(row)
    for await (const { columns, rows } of db.rows('foo', { as: 'batches' })) console.log(columns, rows.length)
  }
  // pin
  {
    const handle = await db.pin('foo', 'v1')
    void handle
  }
  // unpin
  {
    await db.unpin(await db.pin('foo'))
  }
  // tables
  {
    for (const { name, rows, key } of await db.tables()) console.log(name, rows, key)
  }
  // schema
  {
    const schema = await db.schema('foo', { at: 'v1' })
    void schema
  }
  // rowCount
  {
    const before = await db.rowCount('foo', { at: 'HEAD~1' })
    void before
  }
  // log
  {
    const [last] = await db.log({ table: 'foo', limit: 1 })
    void last
  }
  // show
  {
    const { commit, tables } = await db.show('HEAD')
    void commit
    void tables
  }
  // resolve
  {
    const hash = await db.resolve('run:last-night', { table: 'foo' })
    void hash
  }
  // rowHistory
  {
    for (const { commit, before, after } of await db.rowHistory('foo', [1])) console.log(commit.date, before, after)
  }
  // diff
  {
    for await (const { kind, key, before, after } of db.diff('foo', 'HEAD~1')) console.log(kind, key, before, after)
    for await (const row of db.diff('preds_a', 'HEAD', undefined, { with: 'preds_b' })) console.log(row)
  }
  // diffCounts
  {
    const counts = await db.diffCounts('foo', 'main', 'exp')
    void counts
  }
  // changedTables
  {
    for (const { table, change } of await db.changedTables('main', 'exp')) console.log(table, change)
  }
  // review
  {
    for (const { table, concentrated } of (await db.review('main', 'exp')).tables) console.log(table, concentrated)
  }
  // blame
  {
    const [row] = await db.blame('foo', { key: [1] })
    console.log(row?.commit.trailers['Doltflow-Run'])
    void row
  }
  // actions
  {
    const made = await db.actions({ table: 'foo', run: 'last-night' })
    void made
  }
  // branches
  {
    const names = (await db.branches()).map(({ name }) => name)
    void names
  }
  // createBranch
  {
    await db.createBranch('exp', 'HEAD~3', { message: 'prices without tax' })
  }
  // deleteBranch
  {
    await db.deleteBranch('exp')
    await db.deleteBranch('exp', { remote: 'origin' })
  }
  // tags
  {
    const tags = await db.tags()
    void tags
  }
  // createTag
  {
    await db.createTag('v1', 'HEAD', { message: 'the figures of the annual report' })
  }
  // deleteTag
  {
    await db.deleteTag('v1')
  }
  // conflicts
  {
    const { conflicts } = await db.conflicts('exp')
    const resolve = conflicts.map((one) => ({ ...one, decision: 'theirs' as const }))
    await db.merge('exp', { resolve })
    void conflicts
    void resolve
  }
  // setRules
  {
    await db.setRules('stock', { count: 'sum', updated_at: 'newest' })
  }
  // rules
  {
    for (const { table, rules } of await db.rules()) console.log(table, rules)
  }
  // merge
  {
    await db.merge('exp', { into: 'main', onConflict: 'theirs' })
  }
  // restore
  {
    await db.restore('foo', 'v1')
  }
  // restoreAll
  {
    await db.restoreAll('v1', { dryRun: true })
  }
  // revert
  {
    await db.revert('run:night-061')
  }
  // deleteRows
  {
    await db.deleteRows('orders', { keys: [[17], [18]] })
    await db.deleteRows('orders', { where: 'day < ?', parameters: ['2024-01-01'] })
  }
  // drop
  {
    await db.drop('foo', { message: 'foo is made by another pipeline now' })
  }
  // remotes
  {
    for (const { name, url } of await db.remotes()) console.log(name, url)
  }
  // addRemote
  {
    await db.addRemote('origin', 'file:///backup/pipeline.db')
  }
  // removeRemote
  {
    await db.removeRemote('origin')
  }
  // pull
  {
    const { branches, left } = await db.pull('origin')
    void branches
    void left
  }
  // push
  {
    await db.push('file:///backup/pipeline.db')
  }
  // location
  {
    console.log(db.location)
  }
  // name
  {
    console.log(db.name)
  }
  // defaultBranch
  {
    console.log(db.defaultBranch)
  }
  // init
  {
    await db.init()
  }
  // status
  {
    const { conflicts, dirty } = await db.status()
    void conflicts
    void dirty
  }
  // gc
  {
    const { before, after } = await db.gc()
    void before
    void after
  }
  // close
  {
    process.once('SIGTERM', () => db.close())
  }
  // [Symbol.asyncDispose]
  {
    await using pipeline = await open('pipeline.db')
    await pipeline.save('foo', 'foo.csv')
  }
  // run
  {
    const { toCommit } = await db.run({ id: 'night-061' }, async (run) => {
      await run.save('foo', 'foo.csv', { key: 'id' })
      await run.save('bar', 'bar.csv', { key: 'id' })
    })
    void toCommit
  }
  // beginRun
  {
    const { id, branch, into } = await db.beginRun({ id: 'night-061' })
    void id
    void branch
    void into
  }
  // endRun
  {
    await db.endRun('night-061', { error: 'the source was empty' })
  }
  // runs
  {
    const failed = await db.runs({ status: 'failed' })
    void failed
  }
  // showRun
  {
    const { status, git } = await db.showRun('night-061')
    void status
    void git
  }
  // publishRun
  {
    await db.publishRun('night-061', { onConflict: 'theirs' })
  }
  // dropRun
  {
    await db.dropRun('night-061')
  }
  // step
  {
    const made = { inputs: ['raw'], outputs: { clean: { key: 'id' } } }
    const { status, causes } = await db.step('clean', made, async (step) => {
      const rows = []
      for await (const row of step.rows('raw')) if (row.price !== null) rows.push(row)
      return { clean: rows }
    })
    void made
    void status
    void causes
  }
  // beginStep
  {
    const { status, execution, tables } = await db.beginStep('clean', { inputs: ['raw'], outputs: ['clean'] })
    void status
    void execution
    void tables
  }
  // endStep
  {
    const { execution } = await db.beginStep('clean', { outputs: ['clean'] })
    await db.endStep(execution, { outputs: { clean: 'clean.csv' } })
    void execution
  }
  // planStep
  {
    const { runs, causes } = await db.planStep('clean', { inputs: ['raw'], outputs: ['clean'] })
    void runs
    void causes
  }
  // steps
  {
    const [last] = await db.steps({ step: 'clean', limit: 1 })
    void last
  }
  // why
  {
    const { status, causes } = await db.why('clean')
    void status
    void causes
  }
  // changes
  {
    for await (const row of db.changes('orders', { since: 'step:totals' })) console.log(row['_change'], row['id'])
  }
  // addCheck
  {
    const { failure } = await db.addCheck('orders', 'price-known', { kind: 'not-null', column: 'price' })
    void failure
  }
  // removeCheck
  {
    await db.removeCheck('price-known')
  }
  // checks
  {
    const names = (await db.checks()).map(({ name }) => name)
    void names
  }
  // runChecks
  {
    const broken = (await db.runChecks({ at: 'rejected/1a2b3c4d' })).filter(({ failure }) => failure !== null)
    void broken
  }
  // trace
  {
    const { commit, by, inputs } = await db.trace('totals', ['2024-01-01'], { column: 'sum' })
    void commit
    void by
    void inputs
  }
  // recall
  {
    const { reached, plan } = await db.recall('night-061')
    void reached
    void plan
  }
  // lineage
  {
    const { nodes, edges } = await db.lineage({ table: 'totals' })
    void nodes
    void edges
  }
  // plan
  {
    const names = (await db.plan()).map(({ step }) => step)
    void names
  }
}
