import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer as createPlainServer, type Server as PlainServer } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { clone } from '../../../dist/index.js'
import { Bench, describeOf, refusal, type EngineUnderTest } from '../bench.ts'

/** @param slowly whether all of it is played also where the engine tries for seconds before it gives up (test/long) */
export function httpContract(engine: EngineUnderTest, slowly = false): void {
  const isShort = engine.slowRemotes === true && !slowly
  describeOf(engine, 'servers', 'remotes over http that do not work', () => {
    const bench = new Bench(engine)
    const servers: (Server | PlainServer)[] = []
    afterAll(async () => {
      for (const server of servers) {
        if ('closeAllConnections' in server) server.closeAllConnections()
        server.close()
      }
      await bench.end()
    })
    const listen = async (server: Server | PlainServer): Promise<string> => {
      servers.push(server)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/db`
    }
    const http = (answer: RequestListener) => listen(createServer(answer))
    const unused = async () => {
      const server = createServer()
      const url = await listen(server)
      await new Promise((resolve) => server.close(resolve))
      return url
    }

    const CASES: [string, () => Promise<string>, RegExp][] = [
      ['an unreachable port', unused, /^REMOTE_UNREACHABLE$/],
      ['a name that is not known', () => Promise.resolve('http://nowhere.invalid/db'), /^REMOTE_UNREACHABLE$/],
      [
        'a server that refuses',
        () => http((_, answer) => answer.writeHead(403).end('no')),
        /^REMOTE_(REFUSED|UNREACHABLE)$/,
      ],
      [
        'a server that has nothing there',
        () => http((_, answer) => answer.writeHead(404).end()),
        /^REMOTE_(REFUSED|UNREACHABLE)$/,
      ],
      [
        'a server that fails',
        () => http((_, answer) => answer.writeHead(500).end('oops')),
        /^REMOTE_(REFUSED|UNREACHABLE)$/,
      ],
      [
        'a garbled answer',
        () =>
          http((_, answer) =>
            answer.writeHead(200).end(Buffer.from(Array.from({ length: 5000 }, (__, index) => (index * 7919) % 256))),
          ),
        /^REMOTE_(REFUSED|UNREACHABLE)$/,
      ],
      ['an empty answer', () => http((_, answer) => answer.writeHead(200).end()), /^REMOTE_(REFUSED|UNREACHABLE)$/],
      [
        'an answer that is cut short',
        () =>
          http(
            (_, answer) => (
              answer.writeHead(200, { 'content-length': '100000' }),
              answer.write('x'),
              setTimeout(() => answer.destroy(), 20)
            ),
          ),
        /^REMOTE_(REFUSED|UNREACHABLE)$/,
      ],
      [
        'what is no http',
        () => listen(createPlainServer((socket) => socket.end('220 smtp\r\n'))),
        /^REMOTE_(REFUSED|UNREACHABLE)$/,
      ],
      [
        'a server that hangs up',
        () => listen(createPlainServer((socket) => socket.destroy())),
        /^REMOTE_(REFUSED|UNREACHABLE)$/,
      ],
    ]
    // Each waits for its engine to give up, some for seconds: they wait side by side.
    test.concurrent.for(isShort ? CASES.slice(0, 1) : CASES)(
      '%s: a clear error; the save is done here',
      async ([, start, code]) => {
        const remote = await start()
        const database = await bench.open()
        const error = await refusal(bench.save(database, 'foo', 'id,a\n1,x\n', { key: 'id', remote }))
        expect(error.code).toMatch(code)
        expect(error.message).not.toMatch(/\n\s+at /)
        expect(error.data['action']).toMatchObject({ kind: 'save', changed: true })
        expect(await bench.text(database, 'foo')).toBe('id,a\n1,x\n')
        expect((await database.actions()).length).toBe(1)
        expect((await refusal(database.push(remote))).code).toMatch(code)
        expect((await refusal(database.pull(remote))).code).toMatch(code)
        const copy = bench.url()
        expect((await refusal(clone(remote, copy))).code).toMatch(code)
        expect((await refusal(bench.text(await bench.open(copy), 'foo'))).code).toBe('DATABASE_NOT_FOUND')
        expect((await bench.save(database, 'foo', 'id,a\n2,y\n')).changed).toBe(true)
      },
    )
    // The engine waits for 30 s, and its call can't be stopped meanwhile; only its worker waits with it.
    if (isShort) return
    test('a server that never answers: told in the end, the save is done here, the host goes on', async () => {
      const remote = await http(() => {})
      const database = await bench.open()
      let ticks = 0
      const timer = setInterval(() => ticks++, 100)
      const error = await refusal(bench.save(database, 'foo', 'id,a\n1,x\n', { key: 'id', remote }))
      clearInterval(timer)
      expect(error).toMatchObject({ code: 'REMOTE_UNREACHABLE', retryable: true })
      expect(error.data['action']).toMatchObject({ changed: true })
      expect(ticks).toBeGreaterThan(20)
      expect(await bench.text(database, 'foo')).toBe('id,a\n1,x\n')
    })
  })
}
