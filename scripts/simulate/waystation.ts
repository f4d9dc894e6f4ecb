import type { Entry } from '../../app/accounts/entry.ts';
import { reduceHealth } from '../../app/accounts/health.ts';
import type { HealthEvent } from '../../app/accounts/health-event.ts';
import { mergeLimits } from '../../app/accounts/limit-windows.ts';
import { modelFamily } from '../../app/domain/model-family.ts';
import { choose } from '../../app/scheduler/choose.ts';
import type { Ask } from '../../app/scheduler/plan.ts';
import { defaultRules } from '../../app/scheduler/rules.ts';
import { entryOf } from './entry.ts';
import type { Policy, Wish } from './policy.ts';
import { sequence, type Turn } from './traffic.ts';
import type { Upstream } from './upstream.ts';

interface Pin {
  readonly accountId: string;
  readonly cachedTokens: number;
  readonly warmUntil: number;
  readonly expiresAt: number;
}

const warmMs = 300_000;
const sessionMs = 3_600_000;
/** What a token costs more to write than to read. */
const moveNanoUsd = 3_450;

/** The product's own choice, health, places and limits; only the clock and the upstream are made up. */
export function waystation(upstreams: readonly Upstream[], seed: number): Policy {
  const entries = new Map(upstreams.map((upstream) => [upstream.id, entryOf(upstream)]));
  const pins = new Map<string, Pin>();
  const random = sequence(seed);
  const nameOf = ({ keyId, session, model }: Turn) => `${keyId} ${modelFamily(model)} ${session}`;
  const apply = (id: string, event: HealthEvent, now: number) => {
    const entry = entries.get(id);
    if (!entry) return;
    const before = entry.health;
    entry.health = reduceHealth(before, event, { now, random: random() });
    if (before.isUnproven && event.kind === 'answered') entry.gate.ramp(now);
  };
  return {
    name: 'Waystation',
    choose(turn, now, tried): Wish {
      const pin = pins.get(nameOf(turn));
      const live = pin && pin.expiresAt > now ? pin : undefined;
      const ask: Ask = {
        ...{ model: turn.model, route: 'messages', bringsCredential: false, isOwn: true },
        stickyAccountId: live?.accountId,
        moveNanoUsd: live && live.warmUntil > now ? live.cachedTokens * moveNanoUsd : 0,
      };
      for (const entry of entries.values()) entry.refresh(now);
      const views = [...entries.values()];
      const plan = choose({ views, groups: new Map(), rules: defaultRules, now }, ask);
      const next = plan.candidates.find(({ account }) => !tried.has(account.id));
      const opensAt = plan.wait?.accounts.map(
        ({ id, notBefore }) => notBefore ?? entries.get(id)?.obstacle?.until ?? now + 500,
      );
      if (opensAt && (plan.wait?.reason === 'sticky' || !next))
        return { kind: 'wait', until: Math.max(now + 1, Math.min(...opensAt)) };
      if (!next) return { kind: 'refuse' };
      start(entries.get(next.account.id), turn, now);
      return { kind: 'ask', accountId: next.account.id };
    },
    served(turn, id, { limits, endsAt }) {
      const entry = entries.get(id);
      entry?.note(mergeLimits(entry.limits, limits));
      apply(id, { kind: 'answered' }, limits.readAt);
      pins.set(nameOf(turn), {
        accountId: id,
        cachedTokens: turn.promptTokens,
        warmUntil: endsAt + warmMs,
        expiresAt: endsAt + sessionMs,
      });
    },
    refused(turn, id, { resetsAt, limits, at }) {
      entries.get(id)?.gate.end();
      const fault = { kind: 'rate-limited', scope: 'account', retryAfterMs: resetsAt - at } as const;
      apply(id, { kind: 'fault', fault, model: turn.model, limits }, at);
    },
    ended: (id) => entries.get(id)?.gate.end(),
  };
}

function start(entry: Entry | undefined, { model }: Turn, now: number): void {
  if (!entry?.gate.start(entry.health, undefined, { now, queue: false })) return;
  entry.served += 1 / (entry.account.weight * entry.headroom(model, now).spare);
  entry.starts += 1;
  entry.lastStartAt = now;
}
