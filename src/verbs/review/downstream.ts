import type { Session } from '../../engines/engine.ts'
import { executionsOf } from '../lineage/executions.ts'

/** A step that a change reaches. */
export interface DownstreamStep {
  /** Its name. */
  step: string
  /** The tables through which it is reached. */
  reads: string[]
  /** The tables that it makes. */
  writes: string[]
}

/** The recorded steps that read the changed tables, and what is made of these, in that order. */
export async function downstreamOf(session: Session, changed: readonly string[]): Promise<DownstreamStep[]> {
  const executions = await executionsOf(session)
  const reached = new Set(changed)
  const steps = new Map<string, { reads: Set<string>; writes: Set<string> }>()
  for (let before = -1; before !== reached.size;) {
    before = reached.size
    for (const { step, reads, writes } of executions) {
      const through = reads.map(({ table }) => table).filter((table) => reached.has(table))
      if (step === null || through.length === 0) continue
      const known = steps.get(step) ?? { reads: new Set(), writes: new Set() }
      steps.set(step, known)
      for (const table of through) known.reads.add(table)
      for (const { table } of writes) {
        known.writes.add(table)
        reached.add(table)
      }
    }
  }
  return [...steps].map(([step, { reads, writes }]) => ({ step, reads: [...reads], writes: [...writes] }))
}
