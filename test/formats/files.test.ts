import { formatContract } from '../contract/file-format.ts'

formatContract({ name: 'jsonl', keepsEmpty: false, refusesCut: false })
formatContract({ name: 'json', keepsEmpty: false, refusesCut: true })
formatContract({ name: 'parquet', keepsEmpty: true, refusesCut: true })
formatContract({ name: 'arrow', keepsEmpty: true, refusesCut: true })
formatContract({ name: 'xlsx', keepsEmpty: true, refusesCut: true })
