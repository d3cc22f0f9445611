import { Graph, layout } from '@dagrejs/dagre'
import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'

export interface GraphNode {
  id: string
  kind: string
  /** Lines of text. */
  lines: readonly string[]
  href?: string | undefined
}

const [LINE, PADDING, LETTER, LONGEST] = [18, 10, 7.4, 34]

/** A graph from left to right. What it says, a list beneath says again. */
export function GraphView({
  label,
  nodes,
  edges,
}: {
  label: string
  nodes: readonly GraphNode[]
  edges: readonly { from: string; to: string }[]
}): JSX.Element {
  const drawn = useMemo(() => placed(nodes, edges), [nodes, edges])
  const name = (id: string): string => nodes.find((node) => node.id === id)?.lines.join(' ') ?? id
  return (
    <>
      <div class="graph" tabIndex={0} role="region" aria-label={`${label}, to scroll`}>
        <svg
          width={drawn.width}
          height={drawn.height}
          viewBox={`0 0 ${drawn.width} ${drawn.height}`}
          role="group"
          aria-label={label}
        >
          <defs>
            <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
              <path d="M0 0 8 4 0 8z" class="tip" />
            </marker>
          </defs>
          {drawn.edges.map((points, at) => (
            <path key={at} class="edge" d={`M${points.join('L')}`} marker-end="url(#arrow)" />
          ))}
          {drawn.nodes.map(({ node, x, y, width, height }) => (
            <a key={node.id} href={node.href}>
              <g class={`node ${node.kind}`} transform={`translate(${x - width / 2} ${y - height / 2})`}>
                <rect width={width} height={height} rx={node.kind === 'table' ? 10 : 3} />
                {node.lines.map((line, at) => (
                  <text key={at} x={PADDING} y={PADDING + LINE * (at + 0.7)} class={at > 0 ? 'more' : ''}>
                    {`${clipped(line)} `}
                  </text>
                ))}
              </g>
            </a>
          ))}
        </svg>
      </div>
      <details>
        <summary>The same as a list</summary>
        <ul>
          {nodes.map((node) => {
            const to = edges.filter(({ from }) => from === node.id).map((edge) => name(edge.to))
            return (
              <li key={node.id}>
                {node.href ? <a href={node.href}>{node.lines.join(' ')}</a> : node.lines.join(' ')}
                {to.length > 0 && ` → ${to.join(', ')}`}
              </li>
            )
          })}
        </ul>
      </details>
    </>
  )
}

function clipped(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text
}

interface Placed {
  width: number
  height: number
  nodes: { node: GraphNode; x: number; y: number; width: number; height: number }[]
  /** The points of each. */
  edges: string[][]
}

function placed(nodes: readonly GraphNode[], edges: readonly { from: string; to: string }[]): Placed {
  const graph = new Graph()
  graph.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 44, marginx: 8, marginy: 8 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const { id, lines } of nodes)
    graph.setNode(id, {
      width: Math.max(...lines.map((line) => clipped(line).length)) * LETTER + 2 * PADDING,
      height: lines.length * LINE + 2 * PADDING - 4,
    })
  for (const { from, to } of edges) graph.setEdge(from, to)
  layout(graph)
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number }
  return {
    width: Math.max(1, width),
    height: Math.max(1, height),
    nodes: nodes.map((node) => ({
      node,
      ...(graph.node(node.id) as { x: number; y: number; width: number; height: number }),
    })),
    edges: (graph.edges() as { v: string; w: string }[]).map((edge) => {
      const { points } = graph.edge(edge) as { points: { x: number; y: number }[] }
      return points.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`)
    }),
  }
}
