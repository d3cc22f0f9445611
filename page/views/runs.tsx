import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import type { RunInfo } from '../../src/runs/run-states.ts'
import type { StepRecord } from '../../src/runs/step-records.ts'
import { useAsk } from '../ask.ts'
import { GraphView, type GraphNode } from '../graph.tsx'
import { link } from '../route.ts'
import { Answered, CommitLink, count, short, time } from '../shown.tsx'

/** All runs. */
export function Runs(): JSX.Element {
  const asked = useAsk<{ runs: RunInfo[]; truncated: boolean }>('runs')
  return (
    <>
      <h1>Runs</h1>
      <Answered asked={asked}>
        {({ runs, truncated }) => (
          <>
            {runs.length === 0 && <p>No runs yet. Make one: doltflow run -- COMMAND</p>}
            <ul class="plain">
              {runs.map(({ id, status, startedAt, into, command, error }) => (
                <li key={id} class="change">
                  <a href={link('run', { id })}>
                    <bdi>{id}</bdi>
                  </a>{' '}
                  <span class={`status ${status}`}>{status}</span>{' '}
                  <span class="quiet">
                    {time(startedAt)}, into {into}
                  </span>
                  {command && <code class="block">{command.join(' ')}</code>}
                  {error && <p class="failure">{error}</p>}
                </li>
              ))}
            </ul>
            {truncated && <p class="quiet">Older runs are left out: doltflow runs shows all.</p>}
          </>
        )}
      </Answered>
    </>
  )
}

/** One run: its steps, what they read and wrote, and why each ran or did not. */
export function Run({ params: { id = '' } }: { params: Readonly<Record<string, string>> }): JSX.Element {
  const asked = useAsk<{ run: RunInfo; steps: StepRecord[]; truncated: boolean }>('run', { id })
  return (
    <>
      <h1>
        Run <bdi>{id}</bdi>
      </h1>
      <Answered asked={asked}>
        {({ run, steps, truncated }) => (
          <>
            <dl>
              <dt>Status</dt>
              <dd>
                <span class={`status ${run.status}`}>{run.status}</span> {run.error}
              </dd>
              <dt>Began</dt>
              <dd>
                {time(run.startedAt)} UTC at <CommitLink hash={run.fromCommit} />
              </dd>
              <dt>Into</dt>
              <dd>
                {run.into} {run.toCommit && <CommitLink hash={run.toCommit} />}{' '}
                {run.toCommit && run.changed && (
                  <a href={link('diff', { from: run.fromCommit, to: run.toCommit })}>what it changed</a>
                )}
              </dd>
              {run.command && (
                <>
                  <dt>Command</dt>
                  <dd>
                    <code>{run.command.join(' ')}</code>
                  </dd>
                </>
              )}
              {Object.entries(run.params ?? {}).map(([name, value]) => (
                <>
                  <dt>{name}</dt>
                  <dd>{JSON.stringify(value)}</dd>
                </>
              ))}
              <dt>Author</dt>
              <dd>{run.author}</dd>
            </dl>
            {steps.length === 0 ? <p>No steps are recorded of it.</p> : <Steps steps={steps} />}
            {truncated && <p class="quiet">Earlier steps are left out: doltflow steps --run shows all.</p>}
          </>
        )}
      </Answered>
    </>
  )
}

function Steps({ steps }: { steps: readonly StepRecord[] }): JSX.Element {
  const { nodes, edges } = useMemo(() => graphOf(steps), [steps])
  return (
    <>
      <h2>What was made of what</h2>
      <GraphView label="Steps, and the tables that they read and wrote" nodes={nodes} edges={edges} />
      <h2>{count(steps.length, 'step')}</h2>
      <ol class="plain">
        {steps.toReversed().map((step) => (
          <li key={step.execution} class="change">
            <h3>
              {step.step} <span class={`status ${step.status}`}>{step.status}</span>
              {step.durationMs !== null && <span class="quiet"> {(step.durationMs / 1000).toFixed(1)} s</span>}
            </h3>
            <p>{reason(step)}</p>
            <ul>
              {step.causes.map(({ text }) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
            <p class="quiet">
              {step.tables.length > 0 && 'read '}
              {step.tables.map(({ input, table, commit }) => (
                <TableAt key={input} table={table} commit={commit} />
              ))}
              {step.outputs.length > 0 && 'wrote '}
              {step.outputs.map(({ table, commit }) => (
                <TableAt key={table} table={table} commit={commit} />
              ))}
            </p>
            {step.error && <p class="failure">{step.error}</p>}
          </li>
        ))}
      </ol>
    </>
  )
}

function reason({ status, of, causes }: StepRecord): string {
  if (status === 'skipped')
    return of === null
      ? 'Skipped: it would have given the same.'
      : `Skipped: it has the result of ${of.run === null ? time(of.at) : `run ${of.run}`}, since nothing that it reads differs.`
  return causes.length === 0 ? 'No cause is recorded.' : 'It ran because:'
}

function TableAt({ table, commit }: { table: string; commit: string }): JSX.Element {
  return (
    <>
      <a href={link('table', { table, at: commit })}>
        {table} at {short(commit)}
      </a>{' '}
    </>
  )
}

/** A node for each step, and for each version of a table: equal hashes are one. */
function graphOf(steps: readonly StepRecord[]): { nodes: GraphNode[]; edges: { from: string; to: string }[] } {
  const nodes = new Map<string, GraphNode>()
  const edges: { from: string; to: string }[] = []
  const version = (table: string, commit: string, hash: string | null): string => {
    const id = `table ${table} ${hash ?? commit}`
    if (!nodes.has(id))
      nodes.set(id, {
        id,
        kind: 'table',
        lines: [table, `at ${short(commit)}`],
        href: link('table', { table, at: commit }),
      })
    return id
  }
  const file = (name: string): string => {
    nodes.set(`file ${name}`, { id: `file ${name}`, kind: 'file', lines: [name] })
    return `file ${name}`
  }
  for (const { execution, step, status, tables, files, outputs, outFiles } of steps.toReversed()) {
    nodes.set(execution, { id: execution, kind: `step ${status}`, lines: [step, status] })
    for (const { table, commit, hash } of tables) edges.push({ from: version(table, commit, hash), to: execution })
    for (const { name } of files) edges.push({ from: file(name), to: execution })
    for (const { table, commit, hash } of outputs) edges.push({ from: execution, to: version(table, commit, hash) })
    for (const { name } of outFiles) edges.push({ from: execution, to: file(name) })
  }
  return { nodes: [...nodes.values()], edges }
}
