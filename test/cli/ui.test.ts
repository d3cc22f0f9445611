import { describe, expect, it } from 'vitest'
import { ask, folder, key, ownPage, post, reading, TOKEN, useUi, writing } from './ui-page.ts'

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
