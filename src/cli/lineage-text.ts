import type { Lineage, LineageNode } from '../verbs/lineage/lineage.ts'

/** How a graph of tables and steps is written. */
export const LINEAGE_FORMATS = ['text', 'mermaid', 'dot'] as const

/** The graph as text for people, for Mermaid (GitHub shows it) or for Graphviz. */
export function lineageText({ nodes, edges }: Lineage, format: (typeof LINEAGE_FORMATS)[number]): string[] {
  if (format === 'text') {
    const names = new Map(nodes.map((node) => [node.id, shown(node)]))
    return edges.map(({ from, to }) => `${names.get(from)} → ${names.get(to)}`)
  }
  const numbers = new Map(nodes.map(({ id }, index) => [id, `n${index}`]))
  const arrow = format === 'dot' ? '->' : '-->'
  const lines = edges.map(({ from, to }) => `  ${numbers.get(from)} ${arrow} ${numbers.get(to)}`)
  if (format === 'dot')
    return [
      'digraph lineage {',
      '  rankdir=LR',
      ...nodes.map(
        (node) => `  ${numbers.get(node.id)} [label=${JSON.stringify(node.name)}, shape=${DOT_SHAPES[node.kind]}]`,
      ),
      ...lines,
      '}',
    ]
  return ['flowchart LR', ...nodes.map((node) => `  ${numbers.get(node.id)}${mermaidShape(node)}`), ...lines]
}

const DOT_SHAPES = { table: 'cylinder', step: 'box', file: 'note' } as const

function mermaidShape({ kind, name }: LineageNode): string {
  // Mermaid's own escapes: https://mermaid.js.org/syntax/flowchart.html, "Special characters that break syntax".
  const label = `"${name.replaceAll('#', '#35;').replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll(/\s+/g, ' ')}"`
  return { table: `[(${label})]`, step: `[${label}]`, file: `>${label}]` }[kind]
}

function shown({ kind, name }: LineageNode): string {
  return kind === 'table' ? name : `${kind} ${name}`
}
