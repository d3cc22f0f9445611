import type { Context } from '../../context.ts'
import type { RunNews } from '../../model/run-news.ts'
import type { RunInfo } from '../../runs/run-states.ts'
import { sinksOf } from '../../sinks/bind.ts'
import { emitNews } from '../../sinks/sink.ts'
import type { Hash } from '../../types.ts'

/** Tells the database's sinks what became of a run. A sink that fails is a warning of the process: a run has no notices. */
export async function tellOfRun(
  context: Context,
  { id, into, parent }: Pick<RunInfo, 'id' | 'into' | 'parent'>,
  event: RunNews['event'],
  { commit = null, error = null }: { commit?: Hash | null; error?: string | null } = {},
): Promise<void> {
  if (context.sinks.length === 0) return
  const news = { run: id, event, at: new Date().toISOString(), into, commit, parent, error }
  for (const failure of await emitNews(news, sinksOf(context)))
    process.emitWarning(`The run ${id} is ${event}, but a sink failed: ${failure}`, { code: 'SINK_FAILED' })
}
