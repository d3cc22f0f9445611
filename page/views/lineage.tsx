import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import type { Lineage as LineageData } from '../../src/verbs/lineage/lineage.ts'
import { useAsk } from '../ask.ts'
import { GraphView } from '../graph.tsx'
import { go, link } from '../route.ts'
import { Answered, Fields } from '../shown.tsx'

/** Which tables are made of which, by which steps. */
export function Lineage({ params: { table, run } }: { params: Readonly<Record<string, string>> }): JSX.Element {
  const asked = useAsk<LineageData>('lineage', { table, run })
  return (
    <>
      <h1>Lineage{table ? ` of ${table}` : ''}</h1>
      <Fields
        action="Show"
        onGo={(given) => go('lineage', given)}
        fields={[
          { name: 'table', label: 'Table', value: table },
          { name: 'run', label: 'Run', value: run },
        ]}
      />
      <Answered asked={asked}>{(found) => <Drawn found={found} />}</Answered>
    </>
  )
}

function Drawn({ found }: { found: LineageData }): JSX.Element {
  const nodes = useMemo(
    () =>
      found.nodes.map(({ id, kind, name }) => ({
        id,
        kind,
        lines: [name],
        href: kind === 'table' ? link('table', { table: name }) : undefined,
      })),
    [found],
  )
  if (nodes.length === 0) return <p>No step, run or load is recorded that made one table of another.</p>
  return <GraphView label="Tables, steps and files" nodes={nodes} edges={found.edges} />
}
