import { noAmount } from '../domain/alert.ts';
import type { AlertLog } from '../usage/alert-log.ts';

export interface ToolAlertDeps {
  readonly alerts: Pick<AlertLog, 'raise' | 'recover' | 'ongoing'>;
  /** Other computers may keep their tools' alerts in the same database. */
  readonly computer: string;
  nameOf(tool: string): string;
}

/** Tells which tools of this computer another program changed, once until they are as we wrote them. */
export async function tellDrifts(deps: ToolAlertDeps, drifts: ReadonlyMap<string, boolean>): Promise<void> {
  const { alerts, computer, nameOf } = deps;
  const start = `tool ${computer} `;
  for (const [tool, isDrifted] of drifts) {
    if (!isDrifted) continue;
    const subject = { subjectId: tool, subjectName: nameOf(tool) };
    await alerts.raise(`${start}${tool}`, { ...noAmount, ...subject, kind: 'tool-drifted' });
  }
  const over = alerts.ongoing(start).filter(({ alert }) => drifts.get(alert.subjectId) !== true);
  await alerts.recover(over.map(({ stateKey }) => stateKey));
}
