import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { build } from 'rolldown'

/*
 * Makes `dist/bin`: the command line in a few files, and each program that it starts in a thread or a process. Node takes
 * 0.5 ms to open a file and 1 ms to read 60 KB: so what every command needs is one file, and what few need isn't in it. The
 * library stays modules.
 */

const MAIN = 'src/cli/main.ts'
/** What runs by itself in a thread or a process; each has copies of its own of what it needs. */
const PROGRAMS = {
  'doltlite-worker': 'src/engines/doltlite/worker/worker.ts',
  'dolt-supervisor': 'src/engines/dolt/server/supervisor.ts',
  'format-worker': 'src/formats/worker.ts',
  'process-guard': 'src/system/process-guard.ts',
  'query-reader': 'src/engines/doltlite/queries/reader.ts',
}
/** What `--version` needs, what every command needs, and one that has no thread; each with all that these import. */
const GROUPS = [
  { name: 'base', test: /rolldown.runtime|system[\\/]version\.ts$/, priority: 1 },
  {
    name: 'core',
    test: /src[\\/](cli[\\/](?!main)[\w-]+|cli[\\/]text[\\/][\w-]+|open|engines[\\/]doltlite[\\/]index)\.ts$/,
  },
  { name: 'doltlite', test: /doltlite[\\/]worker[\\/]answers\.ts$/ },
]
/** Packages that are put into the files, with what they depend on: of Arrow's 15 MB a hundredth is needed. */
const ARROW = 'apache-arrow'
const INSIDE = [ARROW, 'flatbuffers', 'json-with-bigint', 'tslib']
/** What `doltflow mcp` needs of the protocol's SDK is a file of its own, as small as it can be. */
const SDK = ['@modelcontextprotocol/server', '@modelcontextprotocol/core', 'zod']
/** A validator of what a client's user types, which no tool asks for, would be a third of it. */
const SDK_SHIMS = `export { default as process } from 'node:process'
  export class DefaultJsonSchemaValidator {}`

/** What the page of `doltflow ui` is made of, with all that it needs. */
const PAGE = ['preact', '@dagrejs/dagre', '@dagrejs/graphlib']

await bundlePage('dist/bin/ui')

// Coverage is counted of modules: of a bundle's source it would take what was left out for what ran.
if (process.argv.includes('--modules')) {
  for (const [name, input] of Object.entries({ doltflow: MAIN, ...PROGRAMS }))
    writeFileSync(`dist/bin/${name}.js`, `import '${input.replace('src', '..').replace(/ts$/, 'js')}'\n`)
  process.exit()
}

await bundle('mcp-sdk', 'virtual:sdk', {
  inside: SDK,
  mangle: true,
  plugins: [virtual({ 'virtual:sdk': textOfSdk(), '@modelcontextprotocol/server/_shims': SDK_SHIMS })],
})
await bundle('doltflow', MAIN, { groups: GROUPS, sdk: './mcp-sdk.js' })
for (const [name, input] of Object.entries(PROGRAMS)) await bundle(name, input)
chmodSync('dist/bin/doltflow.js', 0o755)
dropMapsOfOthers('dist/bin')
await putInside('dist/formats/arrow', ARROW)
writeFileSync('dist/LICENSES.txt', [...INSIDE, ...SDK, ...PAGE].map(licenseOf).join('\n'))

async function bundle(
  name,
  input,
  { groups = [], plugins = [], inside = INSIDE, mangle = false, sdk } = {},
) {
  const elsewhere = {
    name: 'elsewhere',
    resolveId(id) {
      if (sdk !== undefined && isSdk(id)) return { id: sdk, external: 'absolute' }
      return id === ARROW && name !== ARROW ? { id: `./${ARROW}.js`, external: 'absolute' } : null
    },
  }
  await build({
    input: { [name]: input },
    platform: 'node',
    external: (id, _from, isResolved) =>
      !isResolved && /^[^./]/.test(id) && !inside.includes(packageOf(id)) && !(sdk !== undefined && isSdk(id)),
    plugins: [...plugins, elsewhere],
    transform: { target: 'node20.19' },
    checks: { ineffectiveDynamicImport: false },
    logLevel: 'warn',
    output: {
      dir: 'dist/bin',
      chunkFileNames: `${name}-[name]-[hash].js`,
      codeSplitting: { groups },
      minify: { compress: true, mangle, codegen: { removeWhitespace: true } },
      // A stack ends in TypeScript; the sources are in the package.
      sourcemap: plugins.length === 0,
      sourcemapExcludeSources: true,
    },
  })
}

/** A script that a browser runs, also from a file: so it is no module. Its sources aren't in the package, so it has no map. */
async function bundlePage(dir) {
  await build({
    input: { page: 'page/main.tsx' },
    platform: 'browser',
    tsconfig: 'page/tsconfig.json',
    transform: { target: 'es2024' },
    logLevel: 'warn',
    output: { dir, format: 'iife', minify: true },
  })
  for (const file of ['index.html', 'page.css']) copyFileSync(`page/${file}`, join(dir, file))
}

/** A map to sources that are not in the package leads nowhere, and takes as much room as the code. */
function dropMapsOfOthers(folder) {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.js.map'))) {
    const path = join(folder, file)
    const { sources } = JSON.parse(readFileSync(path, 'utf8'))
    if (sources.filter((source) => source.includes('node_modules/')).length * 2 < sources.length) continue
    rmSync(path)
    const code = path.slice(0, -'.map'.length)
    writeFileSync(code, readFileSync(code, 'utf8').replace(/\n\/\/# sourceMappingURL=[^\n]*\n?$/, '\n'))
  }
}

/** `@scope/name/deeper` is of `@scope/name`. */
function packageOf(id) {
  return id.split('/', id.startsWith('@') ? 2 : 1).join('/')
}

function isSdk(id) {
  return packageOf(id) === SDK[0]
}

/** Gives all that `src/` imports of the SDK, by the names that it has there. */
function textOfSdk() {
  const text = readFileSync('src/cli/mcp/server.ts', 'utf8')
  return [...text.matchAll(/^import (\{[^}]*\}) from '([^']+)'$/gm)]
    .filter(([, , from]) => isSdk(from))
    .map(([, names, from]) => `export ${names} from '${from}'`)
    .join('\n')
}

/** Modules that are a text. */
function virtual(texts) {
  return { name: 'virtual', resolveId: (id) => (Object.hasOwn(texts, id) ? id : null), load: (id) => texts[id] ?? null }
}

/** Makes a file of what the modules of a folder import of a package, and has them import that; so do the files of the command line. */
async function putInside(folder, name) {
  const modules = readdirSync(folder)
    .filter((file) => file.endsWith('.js'))
    .map((file) => join(folder, file))
  const from = new RegExp(`^import \\{([^}]*)\\} from '${name}';`, 'm')
  const file = `${relative(folder, 'dist/bin')}/${name}.js`
  const names = new Set()
  for (const path of modules) {
    const text = readFileSync(path, 'utf8')
    const found = from.exec(text)
    if (!found) continue
    for (const word of found[1].split(',')) if (word.trim() !== '') names.add(word.trim().split(' as ')[0])
    writeFileSync(path, text.replace(from, `import {${found[1]}} from '${file}';`))
  }
  const text = `export { ${[...names].join(', ')} } from '${name}'`
  await bundle(name, 'virtual:inside', { mangle: true, plugins: [virtual({ 'virtual:inside': text })] })
}

function licenseOf(name) {
  const folder = join('node_modules', name)
  const texts = ['LICENSE', 'LICENSE.txt', 'NOTICE.txt', 'CopyrightNotice.txt']
    .map((file) => join(folder, file))
    .filter(existsSync)
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return [
    `== ${name} ${version}, parts of which are in doltflow's files ==`,
    ...texts.map((path) => readFileSync(path, 'utf8')),
  ].join('\n\n')
}
