import { takeCoverage } from 'node:v8'
import { afterAll } from 'vitest'

/* The test runner ends its processes before they write what was covered. */
afterAll(() => takeCoverage())
