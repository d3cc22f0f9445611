// Whole processes, measured from outside.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * Runs a command; gives its wall time in seconds and its peak memory in MB: the peaks (VmHWM, read until the end) of it and of
 * the processes that it began and that run at the same time, added up.
 */
export async function measured(command, args, { input, env } = {}) {
  const start = performance.now()
  const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'pipe'], env: { ...process.env, ...env } })
  let errors = ''
  child.stderr.on('data', (data) => (errors += data))
  // It may end before it has read all.
  child.stdin.on('error', () => {})
  child.stdin.end(input ?? '')
  let peak = 0
  const poll = setInterval(() => {
    try {
      peak = Math.max(peak, peakOf(child.pid) / 1024)
    } catch {
      // It has ended.
    }
  }, 10)
  const code = await new Promise((resolve) => child.on('close', resolve))
  clearInterval(poll)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${errors}`)
  return { seconds: (performance.now() - start) / 1000, peak }
}

/** In KB: of a process and of all below it, each of which may end meanwhile. */
function peakOf(pid) {
  const [own, below] = [`/proc/${pid}/status`, `/proc/${pid}/task/${pid}/children`].map((path) => {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      return ''
    }
  })
  const children = below.split(' ').filter(Boolean)
  return children.reduce((sum, child) => sum + peakOf(child), Number(/VmHWM:\s+(\d+)/.exec(own)?.[1] ?? 0))
}

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}

/** The median time and the highest peak of several runs; `before` runs before each, unmeasured. */
export async function medianOf(runs, before, run) {
  const results = []
  for (let i = 0; i < runs; i++) {
    await before()
    results.push(await run())
  }
  return { seconds: median(results.map(({ seconds }) => seconds)), peak: Math.max(...results.map(({ peak }) => peak)) }
}
