import { chmodSync } from 'node:fs'
import { build } from 'rolldown'

/*
 * Makes `dist/bin`: the command line in a few files, and each program that it starts in a thread or a process. Node takes
 * 0.5 ms to open a file and 1 ms to read 60 KB: so what every command needs is one file, and what few need isn't in it. The
 * library stays modules.
 */

/** What runs by itself in a thread or a process; each has copies of its own of what it needs. */
const PROGRAMS = {
  'doltlite-worker': 'src/engines/doltlite/worker/worker.ts',
  'dolt-supervisor': 'src/engines/dolt/server/supervisor.ts',
  'format-worker': 'src/formats/worker.ts',
  'process-guard': 'src/system/process-guard.ts',
  'query-reader': 'src/engines/doltlite/queries/reader.ts',
}
/** What `--version` needs, and what every command needs, each with all that these import. */
const GROUPS = [
  { name: 'base', test: /rolldown.runtime|cli[\\/]version\.ts$/, priority: 1 },
  { name: 'core', test: /src[\\/](cli[\\/](?!main)[\w-]+|cli[\\/]text[\\/][\w-]+|open|engines[\\/]doltlite[\\/]index)\.ts$/ },
]

await bundle('doltflow', 'src/cli/main.ts', GROUPS)
for (const [name, input] of Object.entries(PROGRAMS)) await bundle(name, input)
chmodSync('dist/bin/doltflow.js', 0o755)

async function bundle(name, input, groups = []) {
  await build({
    input: { [name]: input },
    platform: 'node',
    // Packages stay packages.
    external: /^[^./]/,
    transform: { target: 'node20.19' },
    checks: { ineffectiveDynamicImport: false },
    logLevel: 'warn',
    output: {
      dir: 'dist/bin',
      chunkFileNames: `${name}-[name]-[hash].js`,
      codeSplitting: { groups },
      minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
      // A stack ends in TypeScript; the sources are in the package.
      sourcemap: true,
      sourcemapExcludeSources: true,
    },
  })
}
