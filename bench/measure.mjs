// Whole processes, measured from outside.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Runs a command; gives its wall time in seconds and its peak memory in MB (VmHWM, read until it ends). */
export async function measured(command, args, { input, env } = {}) {
  const start = performance.now()
  const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'pipe'], env: { ...process.env, ...env } })
  let errors = ''
  child.stderr.on('data', (data) => (errors += data))
  child.stdin.end(input ?? '')
  let peak = 0
  const poll = setInterval(() => {
    try {
      peak = Math.max(
        peak,
        Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024,
      )
    } catch {
      // It has ended.
    }
  }, 10)
  const code = await new Promise((resolve) => child.on('close', resolve))
  clearInterval(poll)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${errors}`)
  return { seconds: (performance.now() - start) / 1000, peak }
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
