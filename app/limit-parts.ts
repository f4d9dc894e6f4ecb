import { Limiter, type LimiterDeps } from './keys/limiter.ts';
import { inForce } from './keys/plan.ts';
import type { Parts } from './parts.ts';
import type { Budgets } from './state/state.ts';
import type { UsageRecorder } from './usage/recorder.ts';

export interface LimitPorts {
  readonly budgets: Budgets;
  readonly recorder: Pick<UsageRecorder, 'readBeside' | 'onCaughtUp'>;
  readonly near?: LimiterDeps['near'];
  warn(message: string): void;
}

type LimitParts = Pick<Parts, 'config' | 'ports' | 'spending' | 'catalogue' | 'keyRepository'>;

/** What holds calls against the limits of their keys. */
export async function openLimiter(parts: LimitParts, { budgets, recorder, near, warn }: LimitPorts): Promise<Limiter> {
  const limiter = new Limiter({
    budgets,
    clock: parts.ports.clock,
    shared: ({ member }) => member,
    spentBefore: async ({ ownerId, isShared, ...question }) => {
      const of = isShared ? { memberId: ownerId } : { keyId: ownerId };
      const { stored, waiting } = await recorder.readBeside(() => parts.spending.read({ ...of, ...question }));
      const own = waiting
        .filter(({ keyId, memberId, at }) => (isShared ? memberId : keyId) === ownerId && at >= question.since)
        .map(({ billed, ...one }) => ({ ...one, cost: billed }));
      // Calls are stored under the names that clients gave.
      return [...stored, ...own].map((one) => ({ ...one, model: parts.catalogue.resolve(one.model).model }));
    },
    ...(near && { near }),
    report: (keyId, { name }) => warn(`${keyId} is over a limit that only tells: ${name}`),
  });
  // Calls that a crash cut off are stored by now; a Redis that outlived it has not heard of them.
  if (parts.config.redisUrl !== undefined) {
    await recountAll(limiter, parts);
    // Another node that made sums anew meanwhile could not see what waited here.
    recorder.onCaughtUp((keyIds) => {
      void recountAll(limiter, parts, keyIds).catch((error: unknown) =>
        warn(`Limits could not be counted anew: ${String(error)}`),
      );
    });
  }
  return limiter;
}

/** Of calls that were stored, or changed, beside the usual way. */
export async function recountAll(
  limiter: Limiter,
  { keyRepository }: Pick<Parts, 'keyRepository'>,
  only?: ReadonlySet<string>,
): Promise<void> {
  for (const key of await keyRepository.list()) if (!only || only.has(key.id)) await limiter.recount(inForce(key));
}
