import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AxeResults } from 'axe-core'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { folder, key, useUi } from '../cli/ui-page.ts'

/* The page of `doltflow ui` in a real Chromium, over a real server. */

const PROGRAM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
)
if (PROGRAM === undefined && process.env['CI']) throw new Error('There is no Chromium: apt-get install chromium')
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const HUGE = 400_000
const LIGHT: BrowserContextOptions = { colorScheme: 'light', viewport: { width: 1200, height: 720 } }
const DARK: BrowserContextOptions = { colorScheme: 'dark', viewport: { width: 400, height: 760 } }
/** Every view, and what it shows once it is there. */
const VIEWS: Record<string, string> = {
  '#/history': 'save many',
  '#/history?table=raw': 'History of raw',
  '#/commit?ref=v1': 'What it changed',
  '#/tables?at=v1': 'Tables at v1',
  '#/table?table=raw&at=exp': 'theirs',
  '#/table?table=long': '+999,800',
  '#/diff?from=v1&to=exp': 'table added',
  '#/diff?table=raw&from=v1&to=exp': 'modified',
  [`#/row?table=raw&${key(1)}`]: 'It is what it is since',
  '#/runs': 'into main',
  '#/run?id=r1': 'it never ran with success',
  '#/run?id=r2': 'Skipped: it has the result of run r1',
  '#/lineage': 'many.csv',
  '#/conflicts?branch=exp': '1 row in conflict',
  '#/checks': 'rows 0 2',
  '#/nowhere': 'There is no such view.',
}

let server: ChildProcess
let browser: Browser
/** With the token, without a view. */
let address: string
let page: Page
/** What a page said that it should not: errors, and requests that went elsewhere. */
let said: string[] = []

useUi()

describe.skipIf(PROGRAM === undefined)('the page in Chromium', () => {
  beforeAll(async () => {
    const rows = Array.from({ length: HUGE }, (_, at) => `${at + 1},t${at + 1}`)
    folder.write('huge.csv', `id,t\n${rows.join('\n')}\n`)
    await folder.ok('save huge huge.csv --key id')
    server = spawn(process.execPath, [resolve('dist/bin/doltflow.js'), 'ui', '--write', '--json'], {
      cwd: folder.path,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(server.stdout!, 'data')) as [Buffer]
    address = (JSON.parse(line.toString()) as { url: string }).url
    browser = await chromium.launch({ executablePath: PROGRAM!, args: ['--no-sandbox'] })
  })
  afterAll(async () => {
    await browser?.close()
    if (server && server.exitCode === null) {
      server.kill('SIGINT')
      await once(server, 'exit')
    }
  })
  afterEach(() => {
    if (said.length > 0) throw new Error(`The page said: ${said.splice(0).join('; ')}`)
  })

  async function show(view: string, options: BrowserContextOptions = LIGHT, at = address): Promise<Page> {
    await page?.context().close()
    page = await (await browser.newContext(options)).newPage()
    const origin = new URL(at).origin
    page.on('console', (message) => message.type() === 'error' && said.push(message.text()))
    page.on('pageerror', (error) => said.push(error.message))
    page.on('request', (request) => {
      const url = request.url()
      if (!url.startsWith(origin === 'null' ? 'file:' : origin) && !url.startsWith('data:')) said.push(url)
    })
    await page.goto(at + view)
    return page
  }

  const texts = (selector: string): Promise<string[]> => page.locator(selector).allInnerTexts()

  describe.each([
    ['light, and wide', LIGHT],
    ['dark, and 400 px wide', DARK],
  ])('%s', (_, options) => {
    beforeAll(async () => {
      await show('', options)
      await page.evaluate(AXE)
    })

    it.each(Object.entries(VIEWS))('shows %s such that everybody can read it', async (view, text) => {
      await page.goto(address + view)
      await page.locator('main', { hasText: text }).waitFor()
      await page.getByText('Loading …').waitFor({ state: 'detached' })
      const { violations } = (await page.evaluate('axe.run()')) as AxeResults
      expect(violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
    })
  })

  it('scrolls a table of any size, by wheel, keys and the bar, and says in the address where it is', async () => {
    await show('#/table?table=huge')
    const table = page.getByRole('table')
    const first = (number: string) => page.locator('.row:nth-child(2)', { hasText: number }).waitFor()
    await first('t1')
    await table.hover()
    await page.mouse.wheel(0, 300)
    await first('t11')
    await table.focus()
    await page.keyboard.press('End')
    await page.getByText('t400000', { exact: true }).waitFor()
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Home')
    await first('t1')
    await table.evaluate((element) => (element.scrollTop = (element.scrollHeight - element.clientHeight) / 2))
    await page.waitForURL(/row=(19|20)\d{4}$/)
    const [, row] = /row=(\d+)$/.exec(page.url())!
    await first(`t${row}`)
    expect(await page.locator('.row').count()).toBeLessThan(60)
    const there = page.url()
    await show('', LIGHT, there)
    await first(`t${row}`)
  })

  it('shows a long text whole to who asks, and what is hostile as a text', async () => {
    await show('#/table?table=long')
    await page.getByRole('button', { name: '+999,800 characters' }).click()
    expect(await page.locator('dialog pre').evaluate((element) => element.textContent.length)).toBe(1_000_000)
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
    await show('#/table?table=raw&at=v1')
    await page.getByText('</script><script>x()</script>').waitFor()
    expect(await page.locator('script').count()).toBe(1)
    expect((await texts('.row')).join()).not.toContain('\u202E')
  })

  it('can be used by keys alone', async () => {
    await show('#/history')
    await page.locator('a.subject').first().waitFor()
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toMatch(/Skip/)
    await page.keyboard.press('Enter')
    expect(await page.evaluate('document.activeElement.tagName')).toBe('MAIN')
    await page.locator('a.subject').first().focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'What it changed' }).waitFor()
    expect(await page.evaluate('document.activeElement.tagName')).toBe('MAIN')
    expect(await page.title()).toMatch(/^commit/)
  })

  it('makes a tag, and merges with decisions, once that is confirmed', async () => {
    await show('#/commit?ref=main')
    await page.getByLabel('New tag').fill('seen')
    await page.getByRole('button', { name: 'Make the tag' }).click()
    expect((await folder.ok('tag --json')).json.tags.map(({ name }: { name: string }) => name)).not.toContain('seen')
    await page.getByRole('button', { name: 'Yes' }).click()
    await page.getByText('Done').waitFor()
    expect((await folder.ok('tag --json')).json.tags.map(({ name }: { name: string }) => name)).toContain('seen')
    await show('#/conflicts?branch=exp&into=main')
    const merge = page.getByRole('button', { name: 'Merge exp into main' })
    await merge.waitFor()
    expect(await merge.isDisabled()).toBe(true)
    await page
      .getByRole('group', { name: /column price/ })
      .getByLabel('theirs')
      .check()
    await page
      .getByRole('group', { name: /column note/ })
      .getByLabel('ours')
      .check()
    await merge.click()
    await page.getByRole('button', { name: 'Yes' }).click()
    await page.getByText(/Done: main is at/).waitFor()
    expect((await folder.ok('load raw')).out).toMatch(/^1,0\.60,ours$/m)
  })

  it('is copied into files, which open without a server and say what they lack', async () => {
    await folder.ok('ui --export copy')
    const copy = pathToFileURL(join(folder.path, 'copy/index.html')).href
    await show('#/history', LIGHT, copy)
    await page.locator('main', { hasText: 'save many' }).waitFor()
    expect(await page.locator('.notice').innerText()).toMatch(
      /A copy of .* Of each table the first 1,000 rows are here/,
    )
    for (const [view, text] of [
      ['#/tables?at=v1', 'raw'],
      ['#/table?table=raw&at=exp', 'theirs'],
      ['#/run?id=r2', 'Skipped: it has the result of run r1'],
      ['#/lineage', 'The same as a list'],
      [`#/row?table=raw&${key(1)}`, 'This copy does not have that'],
    ] as const) {
      await page.goto(copy + view)
      await page.locator('main', { hasText: text }).waitFor()
    }
    await page.goto(`${copy}#/history`)
    await page.getByRole('link', { name: 'save many' }).click()
    await page.getByRole('heading', { name: 'What it changed' }).waitFor()
    await page.locator('main').getByRole('link', { name: 'many' }).click()
    await page.getByRole('heading', { name: 'What changed in many' }).waitFor()
    await page.getByText('added').first().waitFor()
    await page.goto(`${copy}#/tables`)
    await page.getByRole('link', { name: 'many', exact: true }).click()
    await page.getByText('t10', { exact: true }).waitFor()
  })
})
