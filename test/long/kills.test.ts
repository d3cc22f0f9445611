import { it } from 'vitest'
import { killStreams } from '../faults/random-kills.ts'

it.for([1, 2, 3])('two hundred kills at random moments (seed %s)', (seed) => killStreams(200, seed))
