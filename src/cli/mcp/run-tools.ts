import { firstOf } from './answer.ts'
import { choice, needed, number, text, toolOf, type Tool } from './tool.ts'

const STATUSES = ['running', 'published', 'failed', 'interrupted', 'dropped'] as const

/** What runs and steps did, and why. */
export const runTools: readonly Tool[] = [
  toolOf({
    name: 'runs',
    title: 'List runs',
    description:
      'Runs, newest first: how each stands, its command, parameters, error, times, and where it was published. A run is one execution of a workflow.',
    params: {
      id: text('This run alone.'),
      status: choice('Only runs that stand so.', STATUSES),
      limit: number('How many at most. Default: 20.', 500),
    },
    run: async (db, { id, status, limit = 20 }) => {
      if (id !== undefined) return { runs: [await db.showRun(id)] }
      const { found, truncated } = await firstOf(await db.runs({ status, limit: limit + 1 }), limit)
      return { runs: found, truncated }
    },
  }),
  toolOf({
    name: 'why',
    title: 'Why a step ran',
    description:
      'What a step did the last time, or in a run: what it read and wrote, at which versions, and every cause why it ran; or whose result it has, if it was skipped. lineage names the steps.',
    params: { step: needed(text('The step.')), run: text('In this run. Default: the last time.') },
    run: (db, { step, run }) => db.why(step, { run }),
  }),
  toolOf({
    name: 'lineage',
    title: 'Which tables are made of which',
    description:
      'Tables, steps and files as a graph: nodes, and edges from what was read to who read it, and from who wrote to what was written.',
    params: {
      table: text('What leads to this table, and what it leads to. Default: all.'),
      run: text('Only what this run did.'),
    },
    run: (db, { table, run }) => db.lineage({ table, run }),
  }),
]
