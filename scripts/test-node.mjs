import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeReleases } from './node-releases.mjs'

/*
 * Tries the package as its users get it: packed, installed into an empty folder, on every Node that tools/node names and
 * on this one. The tests themselves run on the newest. Arguments go to vitest. `npm run build` first.
 */

const { devDependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
const folder = mkdtempSync(join(tmpdir(), 'doltflow-installed-'))
process.exitCode = 1
try {
  install()
  const releases = [{ version: process.versions.node, path: process.execPath }, ...nodeReleases()]
  const { status } = spawnSync(
    releases.at(-1).path,
    ['node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.node.config.ts', ...process.argv.slice(2)],
    { stdio: 'inherit', env: { ...process.env, DOLTFLOW_INSTALLED: folder, DOLTFLOW_NODES: JSON.stringify(releases) } },
  )
  process.exitCode = status ?? 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Installs the packed package, and the optional ones in the versions that the other tests take. */
function install() {
  const [packed] = JSON.parse(npm(process.cwd(), 'pack', '--json', '--ignore-scripts', '--pack-destination', folder))
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  const optional = Object.keys(peerDependencies)
    .filter((name) => /^@(aws-sdk|opentelemetry)\//.test(name))
    .map((name) => `${name}@${devDependencies[name]}`)
  npm(folder, 'install', '--ignore-scripts', '--no-audit', '--no-fund', `./${packed.filename}`, ...optional)
}

function npm(cwd, ...args) {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}
