import { at, withSession, type Context } from '../../context.ts'
import { lastChange } from '../../history/row-diffs.ts'
import { executionsOf, type Execution } from './executions.ts'

/** Which part of the lineage is asked for. */
export interface LineageOptions {
  /** What leads to a table, and what it leads to. Default: all */
  table?: string | undefined
  /** Only what one run did. Default: all */
  run?: string | undefined
}

/** A table, a step or a file. */
export interface LineageNode {
  /** Unique in the graph: the kind and the name. */
  id: string
  /** What it is. */
  kind: 'table' | 'step' | 'file'
  /** What it is called. */
  name: string
}

/** Tables, steps and files, and what was read and written. */
export interface Lineage {
  /** In the order in which they were first seen. */
  nodes: LineageNode[]
  /** From what was read to who read it, and from who wrote to what was written: by the nodes' ids. */
  edges: { from: string; to: string }[]
}

/** Which tables are made of which, by which steps: as was recorded last of each step. */
export function lineage(context: Context, { table, run }: LineageOptions = {}): Promise<Lineage> {
  return withSession(context, async (session) => {
    const graph = graphOf(newestOfEach(await executionsOf(session, run)))
    if (table === undefined) return graph
    const id = `table ${table}`
    if (graph.nodes.some((node) => node.id === id)) return around(graph, id)
    // Nothing is on record of it; it may be there all the same.
    await lastChange(session, await at(session, context, undefined), table)
    return { nodes: [{ id, kind: 'table', name: table }], edges: [] }
  })
}

/** A step that was changed reads and writes what it did the last time. */
function newestOfEach(executions: readonly Execution[]): Execution[] {
  const newest = new Map<string, Execution>()
  for (const one of executions) {
    const name = one.step ?? one.run ?? one.writes.map(({ table }) => table).join(' ')
    if (one.reads.length + one.writes.length > 0) newest.set(name, one)
  }
  return [...newest.values()]
}

function graphOf(executions: readonly Execution[]): Lineage {
  const nodes = new Map<string, LineageNode>()
  const edges = new Map<string, { from: string; to: string }>()
  const node = (kind: LineageNode['kind'], name: string): string => {
    const id = `${kind} ${name}`
    if (!nodes.has(id)) nodes.set(id, { id, kind, name })
    return id
  }
  const edge = (from: string, to: string): void => void edges.set(`${from}\0${to}`, { from, to })
  for (const { step, run, reads, writes, files } of executions) {
    const by = step ?? (run === null ? undefined : `run ${run}`)
    const sources = [...files.map((name) => node('file', name)), ...reads.map(({ table }) => node('table', table))]
    const targets = writes.map(({ table }) => node('table', table))
    if (by === undefined) for (const from of sources) for (const to of targets) edge(from, to)
    else {
      const center = node('step', by)
      for (const from of sources) edge(from, center)
      for (const to of targets) edge(center, to)
    }
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()] }
}

function around({ nodes, edges }: Lineage, id: string): Lineage {
  const before = reached(
    edges.map(({ from, to }) => ({ from: to, to: from })),
    id,
  )
  const after = reached(edges, id)
  const kept = new Set([...before, ...after])
  return {
    nodes: nodes.filter((node) => kept.has(node.id)),
    edges: edges.filter(({ from, to }) => (before.has(from) && before.has(to)) || (after.has(from) && after.has(to))),
  }
}

function reached(edges: readonly { from: string; to: string }[], start: string): Set<string> {
  const found = new Set([start])
  for (const one of found) for (const { from, to } of edges) if (from === one) found.add(to)
  return found
}
