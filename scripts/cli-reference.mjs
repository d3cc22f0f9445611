import { writeFileSync } from 'node:fs'
import { Writable } from 'node:stream'

/* Writes docs/cli.md from the live --help of every verb. `npm run build` first. */

const dist = (path) => import(new URL(`../dist/cli/${path}`, import.meta.url).href)

const FOOTER = `## Defaults and files

- The database: \`--db\`, else \`DOLTFLOW_DB\`, else the nearest \`doltflow.db\` here or in a folder above. \`--db\`, \`--json\` and \`--debug\` may stand before the verb, too.
- \`DOLTFLOW_BRANCH\` (what \`HEAD\` means, and where saves go), \`DOLTFLOW_RUN\`, \`DOLTFLOW_STEP\`, \`DOLTFLOW_REMOTE\` and \`DOLTFLOW_AUTHOR\` are the defaults of their flags. \`DOLTFLOW_SINKS\` names who else is told of each action ([sinks](sinks.md)). \`NO_COLOR\` turns colours off; there are none outside a terminal.

## Exit status

| status | meaning |
|---|---|
| 0 | done; also where the reader of a pipe went away |
| 1 | failed |
| 2 | wrong use |
| 3 | conflict |
| 4 | a check refused |
| 5 | differences, with \`diff --exit-code\` |

## \`--json\`

One document in one line on standard output; where the data itself goes there (\`load\` without a file), on standard error. An error is \`{"error": {"code", "message", "retryable", "data"}}\` on standard error. Names are camelCase. An integer beyond 2^53 is written as a number with all its digits: Python and jq 1.7 keep them, a reader that knows doubles alone rounds them.

| verb | document |
|---|---|
| \`save\`, \`load\`, \`merge\`, \`restore\`, \`revert\`, \`drop\` | the action |
| \`diff TABLE\` | \`table\`, \`from\`, \`to\`, \`rows\`: each with \`kind\`, \`key\`, \`before\`, \`after\`; with \`--stat\` \`added\`, \`modified\`, \`removed\`, \`schemaChanged\` |
| \`diff\` | \`tables\`: each with \`table\`, \`change\`, \`added\`, \`modified\`, \`removed\`, \`schemaChanged\` |
| \`log\` | \`commits\`: each with \`hash\`, \`parents\`, \`author\`, \`date\`, \`message\`, \`trailers\` |
| \`show\` | \`commit\`, \`tables\` |
| \`blame\` | \`table\`, \`rows\`: each with \`key\`, \`commit\` |
| \`tables\`, \`actions\`, \`tag\` | \`tables\`, \`actions\`, \`tags\` |
| \`branch\` | \`branches\`: each with \`name\`, \`hash\`; the branch that was made; \`deleted\` and \`hash\` |
| \`schema\` | \`table\`, \`columns\`, \`key\`, \`nulls\` |
| \`remote\` | \`remotes\`; the remote that was added; \`removed\` |
| \`pull\`, \`push\`, \`clone\`, \`init\`, \`accept\`, \`gc\`, \`status\` | what was done, or found |
`

/** The text of docs/cli.md. */
export async function cliReference() {
  const [{ run }, { verbs }] = await Promise.all([dist('run.js'), dist('verbs.js')])
  const help = async (...argv) => {
    let text = ''
    const stdout = new Writable({ write: (chunk, _encoding, done) => ((text += chunk), done()) })
    await run(argv, { stdout, stderr: stdout, stdin: [], env: {}, cwd: '/', isTTY: {}, columns: 100, clock: () => 0 })
    return `\`\`\`\n${text.trimEnd()}\n\`\`\``
  }
  const parts = [
    '# The command line',
    'Written by `node scripts/cli-reference.mjs` from the `--help` of each verb.',
    await help('--help'),
  ]
  for (const name of Object.keys(verbs)) parts.push(`## doltflow ${name}`, await help(name, '--help'))
  return `${[...parts, FOOTER].join('\n\n')}`
}

if (process.argv[1] === new URL(import.meta.url).pathname)
  writeFileSync(new URL('../docs/cli.md', import.meta.url), await cliReference())
