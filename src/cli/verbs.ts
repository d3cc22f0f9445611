import type { Command } from './command.ts'

export interface Verb {
  group: string
  /** One sentence. */
  summary: string
  load(): Promise<{ command: Command }>
}

/** All verbs, in the order in which they are listed. A verb's code is loaded when it is called. */
export const verbs: Readonly<Record<string, Verb>> = {
  init: {
    group: 'Begin',
    summary: 'Make a database here, and keep it out of Git',
    load: () => import('./commands/init.ts'),
  },
  clone: {
    group: 'Begin',
    summary: "Copy a remote's database into a new file",
    load: () => import('./commands/clone.ts'),
  },
  copy: {
    group: 'Begin',
    summary: 'Copy a database, with its history, into a new one of any engine',
    load: () => import('./commands/copy.ts'),
  },
  status: {
    group: 'Begin',
    summary: 'Show what is not pushed, in conflict or uncommitted',
    load: () => import('./commands/status.ts'),
  },

  save: {
    group: 'Tables',
    summary: 'Save files, or standard input, into a table, as one commit',
    load: () => import('./commands/save.ts'),
  },
  load: {
    group: 'Tables',
    summary: 'Load a table, or a query, into a file or to standard output',
    load: () => import('./commands/load.ts'),
  },
  delete: {
    group: 'Tables',
    summary: 'Delete rows of a table, as a new commit; its history keeps them',
    load: () => import('./commands/delete.ts'),
  },
  tables: {
    group: 'Tables',
    summary: 'List the tables: rows, key, last commit',
    load: () => import('./commands/tables.ts'),
  },
  pin: {
    group: 'Tables',
    summary: 'Name a table at its commit in a small file, for Git, make and dvc',
    load: () => import('./commands/pin.ts'),
  },
  schema: {
    group: 'Tables',
    summary: "Show a table's columns, their types and the key",
    load: () => import('./commands/schema.ts'),
  },

  log: { group: 'History', summary: 'List commits, newest first', load: () => import('./commands/log.ts') },
  show: {
    group: 'History',
    summary: 'Show one commit and the tables it changed',
    load: () => import('./commands/show.ts'),
  },
  diff: {
    group: 'History',
    summary: 'Show which rows differ between two refs',
    load: () => import('./commands/diff.ts'),
  },
  review: {
    group: 'History',
    summary: 'Look at what a branch changed, and whether it is right',
    load: () => import('./commands/review.ts'),
  },
  blame: {
    group: 'History',
    summary: 'Show which commit last changed each row',
    load: () => import('./commands/blame.ts'),
  },
  actions: {
    group: 'History',
    summary: 'List loads and saves: who read or wrote what, in which run',
    load: () => import('./commands/actions.ts'),
  },

  run: {
    group: 'Runs',
    summary: 'Run a command: its saves are published together, or not at all',
    load: () => import('./commands/run.ts'),
  },
  runs: { group: 'Runs', summary: 'List runs and where they stand', load: () => import('./commands/runs.ts') },
  step: {
    group: 'Runs',
    summary: 'Run a command on tables, unless its result is there already',
    load: () => import('./commands/step.ts'),
  },
  steps: { group: 'Runs', summary: 'List what steps did', load: () => import('./commands/steps.ts') },
  changes: {
    group: 'Runs',
    summary: 'Print the rows that changed since a ref, a run or a step',
    load: () => import('./commands/changes.ts'),
  },
  plan: {
    group: 'Runs',
    summary: 'List the steps that must run again, and why',
    load: () => import('./commands/plan.ts'),
  },
  repro: {
    group: 'Runs',
    summary: "Run a run's command again, and compare what it makes",
    load: () => import('./commands/repro.ts'),
  },
  trace: { group: 'History', summary: 'Follow a row back to its sources', load: () => import('./commands/trace.ts') },
  lineage: {
    group: 'History',
    summary: 'Show which tables are made of which, by which steps',
    load: () => import('./commands/lineage.ts'),
  },
  recall: {
    group: 'History',
    summary: 'Find all who read what a run or a commit wrote',
    load: () => import('./commands/recall.ts'),
  },
  why: { group: 'Runs', summary: 'Tell why a step ran, or did not', load: () => import('./commands/why.ts') },

  check: {
    group: 'Branches',
    summary: 'Say what a table must hold before a branch moves',
    load: () => import('./commands/check.ts'),
  },
  branch: { group: 'Branches', summary: 'List, make or delete branches', load: () => import('./commands/branch.ts') },
  tag: { group: 'Branches', summary: 'List, make or delete tags', load: () => import('./commands/tag.ts') },
  conflicts: {
    group: 'Branches',
    summary: 'List what conflicts if a branch is merged, to decide it one by one',
    load: () => import('./commands/conflicts.ts'),
  },
  rules: {
    group: 'Branches',
    summary: "Keep rules that decide a table's conflicts",
    load: () => import('./commands/rules.ts'),
  },
  merge: {
    group: 'Branches',
    summary: 'Merge a branch into another, by row and cell',
    load: () => import('./commands/merge.ts'),
  },

  restore: {
    group: 'Undo',
    summary: 'Make a table what it was at a ref, as a new commit',
    load: () => import('./commands/restore.ts'),
  },
  revert: {
    group: 'Undo',
    summary: 'Take back what one commit changed, as a new commit',
    load: () => import('./commands/revert.ts'),
  },
  drop: {
    group: 'Undo',
    summary: 'Remove a table, as a new commit; its history stays',
    load: () => import('./commands/drop.ts'),
  },

  remote: { group: 'Remotes', summary: 'List, add or remove remotes', load: () => import('./commands/remote.ts') },
  pull: {
    group: 'Remotes',
    summary: 'Bring what a remote has, all branches or none',
    load: () => import('./commands/pull.ts'),
  },
  push: {
    group: 'Remotes',
    summary: 'Send every branch and tag to a remote',
    load: () => import('./commands/push.ts'),
  },

  gc: {
    group: 'Care',
    summary: 'Free the space of what no branch or tag leads to',
    load: () => import('./commands/gc.ts'),
  },
  accept: {
    group: 'Care',
    summary: 'Accept a database that was restored from a backup',
    load: () => import('./commands/accept.ts'),
  },
  serve: {
    group: 'Care',
    summary: 'Answer many calls of a program in one process',
    load: () => import('./commands/serve.ts'),
  },
  mcp: {
    group: 'Care',
    summary: 'Let an assistant read the database, by the Model Context Protocol',
    load: () => import('./commands/mcp.ts'),
  },
  ui: {
    group: 'Care',
    summary: 'Look at the database in a browser: history, tables, diffs, runs',
    load: () => import('./commands/ui.ts'),
  },
  completion: {
    group: 'Care',
    summary: "Print a shell's script that completes command lines",
    load: () => import('./commands/completion.ts'),
  },
}
