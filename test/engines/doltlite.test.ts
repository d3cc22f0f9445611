import { engineContract } from '../contract/engine.ts'
import { doltliteUnderTest } from './doltlite-under-test.ts'

engineContract(doltliteUnderTest)
