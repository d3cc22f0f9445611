import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { cached, fetchBy, toolFolder } from './fetched.mjs'

/** Which classes Nextflow's own launcher opens to it. Without them its cache is written, and empty. */
const OPENED =
  'java.io java.lang java.net java.nio java.util java.util.concurrent.atomic java.util.concurrent.locks java.util.regex jdk.internal.misc jdk.internal.vm sun.net.www.protocol.file sun.net.www.protocol.http sun.net.www.protocol.https sun.net.www.protocol.jar sun.nio.ch sun.nio.fs'

/**
 * The command line of the Nextflow that `tools/nextflow` names, from Maven Central, cached by the hash of its jars.
 * @throws {Error} if Maven can't fetch it, or a jar is another one
 */
export function nextflow() {
  const from = toolFolder('nextflow')
  const lock = readFileSync(join(from, 'jars.sha256'), 'utf8')
  const folder = cached('nextflow', lock, (into) => {
    const copy = 'org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies'
    const words = ['-q', '-B', copy, '-f', join(from, 'pom.xml'), `-DoutputDirectory=${into}`, '-DincludeScope=runtime']
    fetchBy('mvn', words)
    requireLocked(into, lock)
  })
  const opened = OPENED.split(' ').map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`)
  return ['java', '-XX:TieredStopAtLevel=1', ...opened, '-cp', `${folder}/*`, 'nextflow.cli.Launcher']
}

function requireLocked(folder, lock) {
  const found = readdirSync(folder).map((name) => {
    const hash = createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex')
    return `${hash}  ${name}`
  })
  const wanted = lock.trim().split('\n')
  const other = [...found.filter((line) => !wanted.includes(line)), ...wanted.filter((line) => !found.includes(line))]
  if (other.length > 0) throw new Error(`Nextflow's jars are not those of tools/nextflow/jars.sha256: ${other.join(', ')}`)
}
