import { it } from 'vitest'
import { killStreams } from './random-kills.ts'

it(
  'forty kills at random moments of a stream of saves lose nothing that was acknowledged',
  () => killStreams(40, 20_260_101),
  120_000,
)
