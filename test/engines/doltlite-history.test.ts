import { engineContract, HALVES } from '../contract/engine.ts'
import { doltliteUnderTest } from './doltlite-under-test.ts'

engineContract(doltliteUnderTest, HALVES.history)
