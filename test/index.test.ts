import { expect, test } from 'vitest'
import * as doltflow from '../dist/index.js'

/** A name more or less is a change of the public interface: it goes to CHANGELOG.md. */
test('the public names', () => {
  expect(Object.keys(doltflow).toSorted()).toEqual([
    'AbortedError',
    'ConflictError',
    'Database',
    'DoltflowError',
    'NotFoundError',
    'RefusedError',
    'SourceError',
    'UsageError',
    'accept',
    'clone',
    'copy',
    'isDoltflowError',
    'isTableHandle',
    'jsonlSink',
    'open',
  ])
})

test('the methods of a database', () => {
  expect(Object.getOwnPropertyNames(doltflow.Database.prototype).toSorted()).toMatchInlineSnapshot(`
    [
      "actions",
      "addRemote",
      "blame",
      "branches",
      "changedTables",
      "close",
      "constructor",
      "createBranch",
      "createTag",
      "defaultBranch",
      "deleteBranch",
      "deleteTag",
      "diff",
      "diffCounts",
      "drop",
      "dropRun",
      "gc",
      "init",
      "load",
      "loadAll",
      "location",
      "log",
      "merge",
      "name",
      "pin",
      "publishRun",
      "pull",
      "push",
      "remotes",
      "removeRemote",
      "resolve",
      "restore",
      "restoreAll",
      "revert",
      "rowCount",
      "rowHistory",
      "rows",
      "run",
      "runs",
      "save",
      "saveAll",
      "schema",
      "show",
      "showRun",
      "status",
      "tables",
      "tags",
      "unpin",
    ]
  `)
})
