import { randomBytes } from 'node:crypto'
import { UsageError } from '../../errors.ts'
import { version } from '../../system/version.ts'
import type { Call } from '../call.ts'
import { command, type Command } from '../command.ts'

const options = {
  port: { type: 'string', value: 'N', about: 'The port. Default: any that is free' },
  write: {
    type: 'boolean',
    about: 'Let the page merge, decide conflicts, restore tables and make tags; it asks first',
  },
  export: {
    type: 'string',
    value: 'DIR',
    about: 'Write a copy that opens from its files, and end; it says what it leaves out',
  },
} as const

export const ui: Command = command({
  positionals: [],
  options,
  note:
    'Prints an address to open in a browser on this computer, and answers until it is interrupted. The address holds a token: whoever knows it ' +
    'sees what you see. Only this computer can reach it, and the page fetches nothing from elsewhere. Without --write it changes nothing.',
  example: ['doltflow init && doltflow save foo foo.csv --key a', 'doltflow ui --help'],
  run,
})

export { ui as command }

async function run(call: Call<typeof options>): Promise<void> {
  const { effects, values, out } = call
  if (values.export !== undefined) return writeFiles(call, values.export)
  const port = portOf(values.port)
  const [{ UiHandler }, { listenOnLoopback }, { pageFiles }] = await Promise.all([
    import('../ui/handler.ts'),
    import('../ui/listen.ts'),
    import('../ui/page-files.ts'),
  ])
  const mayWrite = values.write ?? false
  // Who names a wrong database is told now.
  call.databaseUrl()
  const files = await pageFiles()
  const token = randomBytes(24).toString('hex')
  const hosts: string[] = []
  const handler = new UiHandler({
    token,
    hosts,
    version: version(),
    writes: mayWrite,
    files,
    open: () => call.open({ writes: mayWrite }),
  })
  const interrupted = effects.interrupt()
  const server = await listenOnLoopback(port, (request) => handler.handle(request))
  hosts.push(`127.0.0.1:${server.port}`, `localhost:${server.port}`)
  const url = `http://127.0.0.1:${server.port}/?token=${token}`
  call.answer({ url, port: server.port, token, writes: mayWrite }, () => {
    out.line(url)
    out.line(
      out.paint(
        'dim',
        `${mayWrite ? 'The page may write.' : 'It only reads; --write lets it merge, restore and tag.'} Ctrl+C ends it.`,
      ),
    )
  })
  await out.flush()
  try {
    if (!interrupted.aborted)
      await new Promise<void>((resolve) => interrupted.addEventListener('abort', () => resolve(), { once: true }))
  } finally {
    await server.close()
    await handler.idle()
  }
}

/** @throws {UsageError} USAGE with what only a server has */
async function writeFiles(call: Call<typeof options>, folder: string): Promise<void> {
  const { effects, values, out } = call
  if (values.write || values.port !== undefined)
    throw new UsageError('USAGE', '--export writes files and serves nothing: leave out --port and --write.')
  const [{ collect }, { writeCopy }, { pageFiles }] = await Promise.all([
    import('../ui/collect.ts'),
    import('../ui/export.ts'),
    import('../ui/page-files.ts'),
  ])
  const stop = effects.interrupt()
  const db = await call.open()
  const collected = await call.during('collecting', collect(db, version(), stop))
  await writeCopy(call.path(folder), await pageFiles(), collected)
  call.answer({ folder, answers: collected.answers.size, leftOut: collected.leftOut }, () => {
    out.line(`Wrote ${folder}/index.html`)
    for (const sentence of collected.leftOut) out.line(out.paint('dim', sentence))
  })
}

/** @throws {UsageError} OPTION_INVALID */
function portOf(text: string | undefined): number {
  if (text === undefined) return 0
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new UsageError('OPTION_INVALID', `--port is a number from 0 to 65535, not ${JSON.stringify(text)}.`, {
    data: { option: '--port', value: text },
  })
}
