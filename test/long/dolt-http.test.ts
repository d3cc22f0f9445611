import { join } from 'node:path'
import { httpContract } from '../contract/engine/http-remotes.ts'
import { doltUnderTest } from '../engines/dolt-server.ts'

httpContract(
  { ...doltUnderTest, name: 'dolt', url: (folder) => `dolt:${join(folder, 'data')}`, readOnly: [], oddUrls: () => [] },
  true,
)
