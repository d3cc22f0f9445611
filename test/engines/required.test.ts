import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { requiredEngines } from '../contract/engine.ts'

test('every engine that ENGINES requires has its contract run', () => {
  for (const name of requiredEngines())
    expect([name, existsSync(new URL(`${name}.test.ts`, import.meta.url))]).toEqual([name, true])
})
