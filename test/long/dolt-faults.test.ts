import { doltFaults } from '../engines/dolt-faults.ts'

const upTo = (count: number, each: (index: number) => number): number[] =>
  Array.from({ length: count }, (_, index) => each(index + 1))

doltFaults({
  clients: 8,
  saves: 25,
  steps: upTo(70, (index) => index),
  cuts: upTo(200, (index) => 40 + index * 53),
  pushes: upTo(40, (index) => index * 331),
})
