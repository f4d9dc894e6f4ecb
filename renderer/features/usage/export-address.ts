import { adminRoot } from '../../../app/server/admin/contract.ts';
import { exportPath } from '../../../app/server/admin/contract-usage.ts';

/** A download of the calls themselves, streamed by the relay. */
export function exportAddress(format: 'csv' | 'json', since: number): string {
  return `${adminRoot}${exportPath}?format=${format}&since=${since}`;
}
