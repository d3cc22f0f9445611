// A pipeline of four steps over real data, run twice: what runs again after a source was corrected, and why; a bad value that is
// refused; and a row traced to its source. Run: npm run demo:steps
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = mkdtempSync(join(tmpdir(), 'doltflow-steps-'))
process.chdir(folder)
const cli = fileURLToPath(new URL('../dist/bin/doltflow.js', import.meta.url))
const weather = readFileSync(new URL('../node_modules/vega-datasets/data/seattle-weather.csv', import.meta.url), 'utf8')
const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}`, DOLTFLOW_DB: join(folder, 'pipeline.db') }

try {
  main()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function main() {
  writeFileSync('doltflow', `#!/bin/sh\nexec '${process.execPath}' '${cli}' "$@"\n`)
  chmodSync('doltflow', 0o755)
  // Four steps; each is a command that reads files and leaves a file.
  writeFileSync('clean.awk', 'BEGIN { FS = OFS = "," } NR == 1 || ($2 >= 0 && $6 != "")\n')
  writeFileSync('night.sh', `set -e
doltflow step clean  --in weather --out days --key date --code clean.awk -- sh -c 'awk -f clean.awk {weather} > {days}'
doltflow step months --in 'days[date,precipitation]' --out months --key month -- sh -c 'awk -F, "NR>1 { r[substr(\\$1,1,7)] += \\$2 } END { print \\"month,rain\\"; for (m in r) printf \\"%s,%.1f\\\\n\\", m, r[m] }" {days} > {months}'
doltflow step years  --in months --out years --key year -- sh -c 'awk -F, "NR>1 { r[substr(\\$1,1,4)] += \\$2 } END { print \\"year,rain\\"; for (y in r) printf \\"%s,%.1f\\\\n\\", y, r[y] }" {months} > {years}'
doltflow step kinds  --in 'days[date,weather]' --out kinds --key weather -- sh -c 'awk -F, "NR>1 { n[\\$6]++ } END { print \\"weather,days\\"; for (w in n) print w \\",\\" n[w] }" {days} > {kinds}'
`)
  writeFileSync('weather.csv', weather)

  title('1. The first night: a source, and a run of four steps. All of it lands as one commit')
  doltflow('save', 'weather', 'weather.csv', '--key', 'date', '--run', 'ingest-1')
  doltflow('check', 'add', 'weather', 'rain-is-real', 'range', 'precipitation', '0', '200')
  doltflow('run', '--id', 'night-1', '--', 'sh', 'night.sh')

  title('2. The second night: nothing changed, so nothing runs')
  doltflow('run', '--id', 'night-2', '--', 'sh', 'night.sh')

  title('3. A source is corrected: the rain of one day. What runs again, and why')
  writeFileSync('weather.csv', weather.replace('2014-03-05,46.7,', '2014-03-05,48.3,'))
  doltflow('save', 'weather', 'weather.csv', '--run', 'correction', '--message', 'the gauge of 5 March 2014')
  doltflow('plan')
  doltflow('run', '--id', 'night-3', '--', 'sh', 'night.sh')

  title('4. A bad value is refused, whoever saves it')
  writeFileSync('weather.csv', weather.replace('2014-03-05,46.7,', '2014-03-05,-999,'))
  doltflow('save', 'weather', 'weather.csv')

  title('5. Where does the rain of 2014 come from? And who has read the correction?')
  doltflow('trace', 'years', '2014', 'rain')
  doltflow('recall', 'correction')
  doltflow('lineage', '--format', 'mermaid')
}

function doltflow(...words) {
  console.log(`\n   $ doltflow ${words.map((word) => (/\s/.test(word) ? `"${word}"` : word)).join(' ')}`)
  const { stdout, stderr } = spawnSync('doltflow', words, { env, encoding: 'utf8' })
  process.stdout.write((stdout + stderr).replaceAll(folder, '…').replace(/^(?=.)/gm, '   '))
}

function title(text) {
  console.log(`\n${text}`)
}
