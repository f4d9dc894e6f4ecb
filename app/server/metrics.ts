import type { Request, RequestHandler, Response } from 'express';
import type { AccountRepository } from '../accounts/repository.ts';
import { isTimeZone, periodAt } from '../domain/calendar.ts';
import type { Clock } from '../domain/clock.ts';
import type { UsageRollups } from '../usage/rollups.ts';
import { metricsText, metricsType } from './metrics-text.ts';
import { isSameText, type MetricsToken } from './metrics-token.ts';

export const metricsPath = '/metrics';

export interface MetricsDeps {
  /** Of this start: whoever may read `runtime.json` knows it. */
  readonly controlToken: string | undefined;
  readonly token: Pick<MetricsToken, 'isRight'>;
  readonly accounts: Pick<AccountRepository, 'list'>;
  readonly rollups: Pick<UsageRollups, 'summary'>;
  readonly clock: Clock;
  readonly version: string;
}

/** Today's sums for monitoring programs: the same question as the pages', on this computer's own address alone. */
export function metricsHandler(deps: MetricsDeps): RequestHandler {
  return async (request, response) => {
    response.setHeader('cache-control', 'no-store');
    if (!(await isLetIn(deps, request))) return refuse(response);
    const asked = request.query['timeZone'] ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (typeof asked !== 'string' || !isTimeZone(asked)) {
      response.status(400).type('text').send('timeZone must be a time zone such as Europe/Berlin.\n');
      return;
    }
    response.setHeader('content-type', metricsType);
    response.end(await textOf(deps, asked));
  };
}

async function textOf({ accounts, rollups, clock, version }: MetricsDeps, timeZone: string): Promise<string> {
  const { startsAt, endsAt } = periodAt({ unit: 'day', timeZone }, clock.now());
  const sums = await rollups.summary({ groupBy: 'account', per: 'model', since: startsAt, before: endsAt, timeZone });
  const names = new Map((await accounts.list()).map(({ id, name }) => [id, name]));
  return metricsText({ version, sums, names });
}

async function isLetIn({ controlToken, token }: MetricsDeps, { headers }: Request): Promise<boolean> {
  const [, given] = /^Bearer (\S{1,200})$/.exec(headers.authorization ?? '') ?? [];
  if (given === undefined) return false;
  return (controlToken !== undefined && isSameText(given, controlToken)) || (await token.isRight(given));
}

function refuse(response: Response): void {
  response.status(401).setHeader('www-authenticate', 'Bearer realm="waystation metrics"');
  response.type('text').send('Send a metrics token as bearer. Make one with: waystation metrics token\n');
}
