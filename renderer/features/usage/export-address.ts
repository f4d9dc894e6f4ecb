import { adminRoot } from '../../../app/server/admin/contract.ts';
import { exportPath } from '../../../app/server/admin/contract-usage.ts';

interface Exported {
  readonly since: number;
  readonly before?: number | undefined;
  readonly key?: string | undefined;
  readonly member?: string | undefined;
  readonly account?: string | undefined;
}

/** A download of the calls themselves, streamed by the relay. */
export function exportAddress(format: 'csv' | 'json', exported: Exported): string {
  const search = new URLSearchParams({ format });
  for (const [name, value] of Object.entries(exported)) if (value !== undefined) search.set(name, String(value));
  return `${adminRoot}${exportPath}?${search}`;
}
