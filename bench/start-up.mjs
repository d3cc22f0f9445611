// Small commands beside `node -e 0`, in pairs, on each Node that tools/node names. Run alone it prints rows of bench/RESULTS.md.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeReleases } from '../scripts/node-releases.mjs'
import { measured, median } from './measure.mjs'

const PAIRS = 15
const CLI = fileURLToPath(new URL('../dist/bin/doltflow.js', import.meta.url))
const COMMANDS = [['--version'], ['log', '--limit', '5'], ['status'], ['tables'], ['save', 't', 't.csv']]
/** Of `node -e 0`, on Node 20 and on later ones. */
const AIMS = { '--version': [2.5, 2.5], log: [1.7, 3], status: [2.3, 3], tables: [2.3, 3], save: [2.3, 3] }

/** @param note is told what was measured, the figure, and what is promised */
export async function startUp(note) {
  const releases = [{ version: process.versions.node, path: process.execPath }, ...nodeReleases()]
  for (const { version, path } of releases) await onNode(version, path, note)
}

async function onNode(version, node, note) {
  const folder = mkdtempSync(join(tmpdir(), 'doltflow-start-'))
  const doltflow = (...words) => measured(node, [CLI, '--db', join(folder, 'd.db'), ...words.map((word) => word.replace('t.csv', join(folder, 't.csv')))])
  let saved = 0
  const edit = () => writeFileSync(join(folder, 't.csv'), `id,a\n1,${saved++}\n2,y\n`)
  try {
    edit()
    await doltflow('save', 't', 't.csv', '--key', 'id')
    for (const words of COMMANDS) {
      const times = []
      const ratios = []
      for (let pair = 0; pair < PAIRS; pair++) {
        edit()
        const own = await doltflow(...words)
        const bare = await measured(node, ['-e', '0'])
        times.push(own.seconds)
        ratios.push(own.seconds / bare.seconds)
      }
      const aim = AIMS[words[0]][Number(version.split('.')[0]) > 20 ? 1 : 0]
      note(
        `\`doltflow ${words.join(' ')}\` beside \`node -e 0\`, Node ${version}`,
        `${(median(times) * 1000).toFixed(0)} ms, ${median(ratios).toFixed(2)}x`,
        `at most ${aim}x`,
      )
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await startUp((what, figure, aim) => console.log(`| ${what} | ${figure} | ${aim} |`))
