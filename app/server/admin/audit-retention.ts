import { AuditLog } from '../../store/audit-log.ts';
import { SettingsRepository } from '../../store/settings.ts';
import type { Store } from '../../store/store.ts';
import { auditRetention, auditRetentionSetting } from './contract-access.ts';

const dayMs = 86_400_000;

/** Removes what the record of changes need not keep any longer. */
export async function forgetOldChanges(store: Store, now: number): Promise<void> {
  const stored = await new SettingsRepository(store).get(auditRetentionSetting);
  const { days } = auditRetention.parse(stored === undefined ? {} : JSON.parse(stored));
  await new AuditLog(store).forget(now - days * dayMs);
}
