/** Magic numbers of statfs(2) for file systems whose locks can't be trusted between hosts. */
const NETWORK: Record<number, string> = {
  0x6969: 'NFS',
  0x517b: 'SMB',
  0xff534d42: 'CIFS',
  0xfe534d42: 'SMB2',
  0x5346414f: 'AFS',
  0x00c36400: 'Ceph',
  0x0bd00bd0: 'Lustre',
  0x01021997: '9P',
}

/** The name of a network file system by its statfs(2) number; undefined for others. */
export function networkFileSystem(type: number): string | undefined {
  return NETWORK[type]
}
