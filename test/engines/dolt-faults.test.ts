import { doltFaults } from './dolt-faults.ts'

doltFaults({
  clients: 8,
  saves: 3,
  steps: [3, 9, 14, 17, 20, 24, 28, 31, 34, 37, 40, 44],
  cuts: [60, 400, 1100, 2300, 3900, 5200, 6800, 8400],
  pushes: [100, 2000, 6000],
})
