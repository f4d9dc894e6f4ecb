import { noAmount } from '../domain/alert.ts';
import type { AlertLog } from '../usage/alert-log.ts';

/** Tells of a version once, until it is installed or another one takes its place. */
export async function tellUpdate(
  alerts: Pick<AlertLog, 'raise' | 'recover' | 'ongoing'>,
  version: string | undefined,
): Promise<void> {
  const over = alerts.ongoing('update ').filter(({ alert }) => alert.subjectId !== version);
  await alerts.recover(over.map(({ stateKey }) => stateKey));
  if (version === undefined) return;
  const subject = { subjectId: version, subjectName: version };
  await alerts.raise(`update ${version}`, { ...noAmount, ...subject, kind: 'update-ready' });
}
