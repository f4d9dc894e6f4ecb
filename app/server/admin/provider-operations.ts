import * as z from 'zod';
import { breakerNumbers } from '../../accounts/breaker.ts';
import type { Provider } from '../../providers/provider.ts';
import { maxAttempts, maxAttemptsMs } from '../../relay/policy.ts';
import { sessionMs } from '../../scheduler/sticky.ts';
import { routes } from './contract.ts';
import { isHere } from './here.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';

const hourMs = 3_600_000;
const hours = 24;

export function providerOperations({ ports, signIns, accountRepository }: AdminParts) {
  return {
    listProviders: operation(routes.listProviders, async () => [...ports.providers.values()].map(providerToWire)),
    listFoundLogins: operation(routes.listFoundLogins, async (_, actor) =>
      (await signIns.found()).map((found) => (isHere(actor) ? found : { provider: found.provider })),
    ),
    showFailover: operation(routes.showFailover, async () => ({
      ...{ maxAttempts, maxAttemptsMs, sessionMs },
      breaker: breakerNumbers,
    })),
    countAccountErrors: operation(routes.countAccountErrors, async () => {
      const since = ports.clock.now() - hours * hourMs;
      const times = await accountRepository.timeline.errorTimes(since);
      return [...times].map(([accountId, found]) => ({ accountId, counts: perHour(found, since) }));
    }),
  };
}

function perHour(times: readonly number[], since: number): number[] {
  const hourOf = (at: number) => Math.min(hours - 1, Math.floor((at - since) / hourMs));
  return Array.from({ length: hours }, (_, hour) => times.filter((at) => hourOf(at) === hour).length);
}

function providerToWire({ id, label, settings, secret, login, modelList, balanceSource }: Provider) {
  return {
    ...{ id, label, settings: toForm(settings), secret: secret ? toForm(secret) : null },
    signIn: login ? { hasSetupToken: login.hasSetupToken, canLink: login.readCliLogin !== undefined } : null,
    canListModels: modelList !== undefined,
    mayTellBalance: balanceSource !== undefined,
  };
}

function toForm(schema: z.ZodType) {
  const { $schema: _, ...form } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  // What JSON Schema is made of is JSON; what is undefined in it is left out.
  return z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(form)));
}
