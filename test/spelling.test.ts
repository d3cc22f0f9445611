import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'
import { describe, expect, it } from 'vitest'
import { DoltflowError, fromPlain, toPlain } from '../dist/errors.js'
import { notice } from '../dist/model/action.js'
import { blank, call, initAt, oneOf, option, resumed } from '../dist/model/advice.js'
import { either, inWordsOf, messageFor, spelt, type Front } from '../dist/spelling.js'

const FRONTS: Front[] = ['library', 'shell', 'python']
const all = (text: string): string[] => FRONTS.map((front) => spelt(text, front))

interface Said {
  at: string
  text: string
}

/** The texts of a file, each with where it stands, but for those that a front has as its own. */
function texts(file: string): Said[] {
  const source = readFileSync(file, 'utf8')
  const found: { start: number; text: string }[] = []
  const own: [number, number][] = []
  new Visitor({
    Literal: ({ start, value }) => void (typeof value === 'string' && found.push({ start, text: value })),
    TemplateElement: ({ start, value }) => void found.push({ start, text: value.raw }),
    CallExpression: ({ callee, start, end }) =>
      void (callee.type === 'Identifier' && callee.name === 'either' && own.push([start, end])),
  }).visit(parseSync(file, source).program)
  return found
    .filter(({ start }) => !own.some(([from, to]) => start > from && start < to))
    .map(({ start, text }) => ({ at: `${file}:${source.slice(0, start).split('\n').length}`, text }))
}

const COMMANDS = readdirSync('src/cli/commands').map((name) => name.replace('.ts', ''))
const COMMAND = new RegExp(`\\bdoltflow (?:${COMMANDS.join('|')})\\b`)
/** An argument of another program's stands alone, or in SQL's quotes. */
const FLAG = /(?<![\w'-])--[a-z]{2}(?!.*:doltflow)/
const isArgument = (text: string): boolean => /^--[\w=-]+$/.test(text)
/** The name of a span, and of a value that Restate keeps. */
const NAMES = ['doltflow run']

describe('messages', () => {
  // Fault: an error in an engine's web page said "leave --key out" to somebody whose program calls save({ key }).
  it('of the library name no flag and no command of the command line', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.ts') && !name.startsWith('cli/') && name !== 'model/advice.ts',
    )
    const said = files.flatMap((name) => texts(join('src', name)))
    expect(said.length).toBeGreaterThan(3000)
    const wrong = said.filter(
      ({ text }) => !NAMES.includes(text) && (COMMAND.test(text) || (FLAG.test(text) && !isArgument(text))),
    )
    expect(wrong).toEqual([])
  })
})

describe('a call that a message advises', () => {
  it('is a method with options, a command with flags, and a method with keywords', () => {
    expect(all(call('merge', ["o'hara"], { into: 'main', onConflict: oneOf('ours', 'theirs') }))).toEqual([
      "db.merge('o\\'hara', { into: 'main', onConflict: 'ours' | 'theirs' })",
      "doltflow merge 'o'\\''hara' --into main --on-conflict ours|theirs",
      "db.merge('o\\'hara', into='main', on_conflict='ours' | 'theirs')",
    ])
    expect(all(call('deleteBranch', ['exp']))).toEqual([
      "db.deleteBranch('exp')",
      'doltflow branch exp --delete',
      "db.delete_branch('exp')",
    ])
    expect(all(call('restore', [blank('TABLE'), 'v 1'], { branch: 'main' }))).toEqual([
      "db.restore(TABLE, 'v 1', { branch: 'main' })",
      "doltflow restore TABLE --at 'v 1' --branch main",
      "db.restore(TABLE, 'v 1', branch='main')",
    ])
  })

  it('takes lists, columns and flags without a value', () => {
    expect(all(call('merge', ['b'], { override: ['a check', 'c2'] }))).toEqual([
      "db.merge('b', { override: ['a check', 'c2'] })",
      "doltflow merge b --override 'a check' --override c2",
      "db.merge('b', override=['a check', 'c2'])",
    ])
    expect(all(option('types', { 'a b': 'text' }))).toEqual([
      "types: { 'a b': 'text' }",
      "--type 'a b=text'",
      "types={'a b': 'text'}",
    ])
    expect(all(option('allowEmpty', true))).toEqual(['allowEmpty: true', '--allow-empty', 'allow_empty=True'])
    expect(all(option('nulls'))).toEqual(['the option nulls', '--null', 'the option nulls'])
  })

  it('makes a database, and goes on with a run', () => {
    expect(all(initAt('my db'))).toEqual([
      "(await open('my db')).init()",
      "doltflow init --db 'my db'",
      "doltflow.open('my db').init()",
    ])
    expect(all(resumed('r1'))[1]).toBe('doltflow run resume r1 -- COMMAND')
  })

  it('never takes a value apart that has its own marks', () => {
    expect(spelt(either('a\uFDD1b', 'c\uFDD2d'), 'shell')).toBe('c\uFFFDd')
  })
})

describe('an error that advises a call', () => {
  const error = new DoltflowError('KEY_REQUIRED', `Give ${option('key')}. See: ${call('tables')}`)

  it('has the library’s words as its message, and keeps the others for its front, also beyond a thread', () => {
    for (const one of [error, fromPlain(structuredClone(toPlain(error)))]) {
      expect(one.message).toBe('Give the option key. See: db.tables()')
      expect(JSON.stringify(one)).not.toMatch(/[\uFDD0-\uFDD2]/)
      expect(messageFor('shell', one)).toBe('Give --key. See: doltflow tables')
    }
    expect(error.stack).toContain('Give the option key.')
  })

  it('is told in the words of its front as a notice, too', () => {
    const told = notice('NO_KEY', `If it is meant: ${option('allowEmpty', true)}`)
    expect(told).toEqual({ code: 'NO_KEY', message: 'If it is meant: allowEmpty: true' })
    expect(inWordsOf('shell', told)).toEqual({ code: 'NO_KEY', message: 'If it is meant: --allow-empty' })
  })
})
