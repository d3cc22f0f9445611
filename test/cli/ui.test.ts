import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listenOnLoopback, type LoopbackServer } from '../../dist/cli/ui/listen.js'
import { ask, folder, handler as uiHandler, key, ownPage, post, reading, TOKEN, useUi, writing } from './ui-page.ts'

useUi()

describe('who may ask', () => {
  it.each([
    ['without the token', { token: null }],
    ['with another token', { token: 'a1b2c4' }],
    ['with the beginning of the token', { token: 'a1b2' }],
    ['by another name of this computer', { host: 'evil.example:4321' }],
    ['by another port', { host: '127.0.0.1:80' }],
  ])('nobody %s, for nothing', async (_, asking) => {
    for (const path of ['/', '/page.js', '/api/database', '/api/none', '/none']) {
      const { status, json } = await ask(path, asking)
      expect([status, json.error.code]).toEqual([403, 'ACCESS_DENIED'])
    }
  })

  it('the page, with the token in its address', async () => {
    const { status, text, headers } = await ask(`/?token=${TOKEN}`, { token: null })
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(text).toContain(`page.js?token=${TOKEN}`)
    expect((await ask(`/page.js?token=${TOKEN}`, { token: null })).headers.get('content-type')).toMatch(/javascript/)
  })

  it('and every answer forbids all that comes from elsewhere', async () => {
    for (const path of ['/', '/page.js', '/api/tables', '/api/none']) {
      const { headers } = await ask(path)
      const policy = headers.get('content-security-policy')!
      expect(policy).toMatch(/^default-src 'none'; script-src 'self';/)
      expect(policy).not.toMatch(/unsafe|\*|https?:/)
      expect(policy).toMatch(/frame-ancestors 'none'/)
      expect([headers.get('referrer-policy'), headers.get('cache-control')]).toEqual(['no-referrer', 'no-store'])
    }
  })

  it('is told what is wrong with a question, as the command line tells it', async () => {
    const wrong: [string, number, string][] = [
      ['/api/none', 404, 'FILE_NOT_FOUND'],
      ['/api/constructor', 404, 'FILE_NOT_FOUND'],
      ['/api/rows', 400, 'OPTION_INVALID'],
      ['/api/rows?table=raw&from=-1', 400, 'OPTION_INVALID'],
      ['/api/rows?table=raw&count=100000', 400, 'OPTION_INVALID'],
      ['/api/rows?table=none', 404, 'TABLE_NOT_FOUND'],
      ['/api/tables?at=none', 404, 'REF_NOT_FOUND'],
      ['/api/row?table=raw&key=1', 400, 'OPTION_INVALID'],
      [`/api/row?table=raw&${key(9)}`, 404, 'ROW_NOT_FOUND'],
      ['/api/run?id=none', 404, 'RUN_NOT_FOUND'],
      ['/api/conflicts?branch=none', 404, 'BRANCH_NOT_FOUND'],
    ]
    for (const [path, status, code] of wrong) {
      const answer = await ask(path)
      expect([path, answer.status, answer.json.error.code]).toEqual([path, status, code])
      expect(answer.json.error.message).toMatch(/\w/)
    }
    expect((await ask('/api/tables', { method: 'PUT' })).json.error.code).toBe('USAGE')
  })
})

describe('what writes', () => {
  const tag = { name: 'v2', ref: 'main' }

  it.each([
    ['without --write', { of: undefined }, 'DATABASE_READ_ONLY'],
    ['without the token', { token: null }, 'ACCESS_DENIED'],
    ["from another site's page", { headers: { ...ownPage, origin: 'http://evil.example' } }, 'ACCESS_DENIED'],
    ['from another page of this computer', { headers: { ...ownPage, 'sec-fetch-site': 'same-site' } }, 'ACCESS_DENIED'],
    ['from who knows not where', { headers: { 'content-type': 'application/json' } }, 'ACCESS_DENIED'],
    ["from a form, which can't send JSON", { headers: { ...ownPage, 'content-type': 'text/plain' } }, 'ACCESS_DENIED'],
  ])('is refused %s', async (_, more, code) => {
    const { json, status } = await post('tag', tag, 'of' in more ? { of: reading } : more)
    expect(json.error.code).toBe(code)
    expect(status).toBeGreaterThanOrEqual(403)
    expect((await ask('/api/database')).json.tags.map(({ name }: any) => name)).toEqual(['v1'])
  })

  it('is refused with the token in the address alone', async () => {
    const { json } = await ask(`/api/tag?token=${TOKEN}`, {
      method: 'POST',
      body: JSON.stringify(tag),
      headers: ownPage,
      of: writing,
      token: null,
    })
    expect(json.error.code).toBe('ACCESS_DENIED')
  })

  it('is never done by a GET, and takes one JSON object', async () => {
    expect((await ask('/api/tag', { of: writing })).json.error.code).toBe('FILE_NOT_FOUND')
    expect((await post('tag', [])).json.error.code).toBe('USAGE')
    expect((await post('none', {})).json.error.code).toBe('FILE_NOT_FOUND')
    expect((await post('tag', { name: 7, ref: 'main' })).json.error.code).toBe('OPTION_INVALID')
    expect((await post('merge', { branch: 'exp', decisions: [{ key: 'x' }] })).json.error.code).toBe('OPTION_INVALID')
  })

  it('makes a tag, restores a table, and merges with decisions', async () => {
    expect((await post('tag', tag)).json).toMatchObject({ name: 'v2' })
    expect((await post('merge', { branch: 'exp', into: 'main' })).json.error.code).toBe('CONFLICT')
    const { conflicts } = (await ask('/api/conflicts?branch=exp')).json
    const decisions = conflicts.map(({ table, names, key: row, column }: any) => ({
      table,
      names,
      key: row,
      column,
      decision: column === 'price' ? 'theirs' : 'ours',
    }))
    const merged = (await post('merge', { branch: 'exp', into: 'main', decisions })).json
    expect(merged).toMatchObject({ kind: 'merge', branch: 'main', changed: true })
    expect((await folder.ok('load raw')).out).toMatch(/^1,0\.60,ours$/m)
    expect((await post('restore', { table: 'raw', at: 'v1', branch: 'main' })).json).toMatchObject({ changed: true })
    expect((await folder.ok('load raw')).out).toBe(
      'id,price,note\n1,0.50,</script><script>x()</script>\n2,12.00,\u202Etxt.exe\n3,7.25,\n',
    )
  })
})

describe('the server', () => {
  let server: LoopbackServer
  const hosts: string[] = []

  beforeAll(async () => {
    const handler = await uiHandler({ writes: false, hosts })
    server = await listenOnLoopback(0, (asked) => handler.handle(asked))
    hosts.push(`127.0.0.1:${server.port}`)
  })
  afterAll(() => server.close())

  /** As a client that is no browser may: with any header, and any path. */
  function send(
    path: string,
    headers: Record<string, string> = {},
    method = 'GET',
  ): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const sent = request({
        host: '127.0.0.1',
        port: server.port,
        path,
        method,
        headers: { authorization: `Bearer ${TOKEN}`, ...headers },
      })
      sent.on('response', (answer) => {
        void textOf(answer).then((body) => resolve({ status: answer.statusCode!, body }), reject)
      })
      sent.on('error', reject)
      sent.end(method === 'POST' ? '{}' : undefined)
    })
  }

  it('answers its own name alone, whatever a client claims', async () => {
    expect((await send('/api/tables')).status).toBe(200)
    expect((await send('/api/tables', { host: 'evil.example' })).status).toBe(403)
    expect((await send('//evil.example/api/tables')).status).toBe(403)
    expect((await send('http://evil.example/api/tables')).status).toBe(403)
    expect((await send('/api/../api/tables')).status).toBe(200)
    expect((await send('/../../package.json')).status).toBe(404)
  })

  it('outlives what is no request, and gives what is sent to the page', async () => {
    await expect(send('/', { host: 'a b' })).rejects.toThrow(/hang up|reset/)
    const own = { origin: `http://127.0.0.1:${server.port}`, 'content-type': 'application/json' }
    expect((await send('/api/tag', own, 'POST')).body).toMatch(/DATABASE_READ_ONLY/)
    expect((await send('/page.js', {}, 'HEAD')).body).toBe('')
  })

  it('says if it can not have a port', async () => {
    const { code, err } = await folder.run(['ui', '--port', String(server.port)])
    expect([code, err]).toEqual([2, expect.stringMatching(/OPTION_INVALID: The port \d+ can't be had \(EADDRINUSE\)/)])
    expect((await folder.run(['ui', '--port', '70000'])).err).toMatch(/--port is a number from 0 to 65535/)
  })

  it('ends at an interrupt, with status 0', async () => {
    const { code, out } = await folder.run(['ui', '--json'], { signal: AbortSignal.timeout(100) })
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      writes: false,
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[0-9a-f]{48}$/),
    })
  })
})

describe('a copy', () => {
  it('is a folder with the page and what it asks, without the token of any server', async () => {
    const { json } = await folder.ok('ui --export copied --json')
    expect(json.leftOut.length).toBeGreaterThan(0)
    const path = join(folder.path, 'copied')
    expect(readdirSync(path).toSorted()).toEqual(['data.js', 'index.html', 'page.css', 'page.js'])
    expect(readFileSync(join(path, 'index.html'), 'utf8')).not.toMatch(/token|http:/i)
    const window: { DOLTFLOW_EXPORT?: { answers: Record<string, any> } } = {}
    // oxlint-disable-next-line typescript/no-implied-eval
    new Function('window', readFileSync(join(path, 'data.js'), 'utf8'))(window)
    const { answers } = window.DOLTFLOW_EXPORT!
    expect(Object.keys(answers)).toHaveLength(json.answers)
    expect(answers['rows?column=0&count=100&from=900&table=many'].rows).toHaveLength(100)
    expect(answers['rows?column=0&count=100&from=1000&table=many']).toBe(undefined)
    expect(answers['run?id=r1'].steps).toHaveLength(1)
    expect(answers['database'].writes).toBe(false)
  })

  it('is made whole or not at all, and over nothing', async () => {
    mkdirSync(join(folder.path, 'full'))
    writeFileSync(join(folder.path, 'full/mine.txt'), 'mine')
    const { code, err } = await folder.run(['ui', '--export', 'full'])
    expect([code, err]).toEqual([4, expect.stringMatching(/TARGET_REFUSED/)])
    expect(readdirSync(join(folder.path, 'full'))).toEqual(['mine.txt'])
    expect((await folder.run(['ui', '--export', 'x', '--write'])).code).toBe(2)
    const stopped = await folder.run(['ui', '--export', 'y'], { signal: AbortSignal.abort() })
    expect(stopped.err).toMatch(/ABORTED/)
    expect(readdirSync(folder.path).filter((name) => /^\.?[xy]\b/.test(name))).toEqual([])
  })
})
