import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fetched } from '../../../scripts/fetched.mjs'
import { nodeReleases } from '../../../scripts/node-releases.mjs'

const own = resolve('node_modules')

/** A project of a user: doltflow as it is installed, the engines of a folder of tools/, and the programs beside this file. */
export class Project {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'doltflow-engines-'))
  /** Restate's SDK needs Node 22. */
  readonly node: string = nodeReleases().find(({ version }) => version.startsWith('22.'))!.path
  readonly packages: string

  constructor(tools = 'engines') {
    this.packages = join(fetched(tools).folder, 'node_modules')
    const modules = join(this.folder, 'node_modules')
    mkdirSync(modules)
    // A server may run as another user.
    chmodSync(this.folder, 0o711)
    for (const name of readdirSync(this.packages)) if (!name.startsWith('.')) link(this.packages, modules, name)
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: object }
    const target = join(modules, 'doltflow')
    mkdirSync(target)
    cpSync('package.json', join(target, 'package.json'))
    cpSync('dist', join(target, 'dist'), { recursive: true })
    mkdirSync(join(target, 'node_modules'))
    for (const name of Object.keys(dependencies)) link(own, join(target, 'node_modules'), name)
    cpSync('test/managers/engines/programs', this.folder, { recursive: true })
  }
}

/** Node looks for what a package needs from where it really is. */
function link(from: string, to: string, name: string): void {
  mkdirSync(join(to, name, '..'), { recursive: true })
  symlinkSync(join(from, name), join(to, name))
}
