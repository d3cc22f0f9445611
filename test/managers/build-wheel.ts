import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'

/** Builds the wheel once, before all tests. */
export default function setup(): void {
  rmSync('python/dist', { recursive: true, force: true })
  execFileSync('node', ['scripts/build-python.mjs'], { stdio: ['ignore', 'ignore', 'inherit'] })
}
