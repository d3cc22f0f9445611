#!/usr/bin/env node
import module from 'node:module'
import { version } from '../system/version.ts'

/* The bin. Nothing is imported before it is needed: `--version` must take hardly longer than Node itself. */

// Node 22.8 and later keep what they have compiled for the next start, in a folder of the user's.
const { enableCompileCache } = module as { enableCompileCache?: () => void }

const argv = process.argv.slice(2)
if (argv.length === 1 && argv[0] === '--version') {
  process.stdout.write(`${version()}\n`)
} else {
  enableCompileCache?.()
  // A stack then names the lines of the source; reading its maps takes a while.
  if (argv.includes('--debug') || process.env['DOLTFLOW_DEBUG']) process.setSourceMapsEnabled(true)
  const [{ run }, { processEffects }] = await Promise.all([import('./run.ts'), import('./effects.ts')])
  const code = await run(argv, processEffects())
  // An open standard input or a worker that still ends must not keep the process.
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))))
  process.exit(code)
}
