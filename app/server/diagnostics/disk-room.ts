import { statfs } from 'node:fs/promises';

/** A database takes its next pages in pieces that are smaller than this. */
const leastBytes = 1024 * 1024;

/** Whether there is no room to write in a folder. False where that cannot be told. */
export async function isWithoutRoom(folder: string): Promise<boolean> {
  try {
    const { bavail, bsize, files, ffree } = await statfs(folder);
    return bavail * bsize < leastBytes || (files > 0 && ffree === 0);
  } catch {
    return false;
  }
}
