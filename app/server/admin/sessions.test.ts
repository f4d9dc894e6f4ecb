import { expect, test } from 'vitest';
import type { Clock } from '../../domain/clock.ts';
import { AdminSessions, sessionIdleMs, ticketLifeMs } from './sessions.ts';

class FakeClock implements Clock {
  #now = Date.UTC(2026, 10, 23);
  #monotonic = 0;
  now() {
    return this.#now;
  }
  monotonic() {
    return this.#monotonic;
  }
  after() {
    return () => undefined;
  }
  pass(ms: number) {
    this.#now += ms;
    this.#monotonic += Math.max(0, ms);
  }
}

function start() {
  const clock = new FakeClock();
  return { clock, sessions: new AdminSessions(clock) };
}

const origin = { way: 'ticket' } as const;
const use = { isUse: true } as const;

test('a ticket works once and then never again', () => {
  const { sessions } = start();
  const { ticket } = sessions.createTicket();
  expect(Buffer.from(ticket, 'base64url')).toHaveLength(32);
  expect([sessions.redeem(ticket), sessions.redeem(ticket)]).toEqual([true, false]);
  const token = sessions.open(origin);
  expect(sessions.find(token, use)).toMatchObject({ way: 'ticket', isLocked: false });
  expect(sessions.find(ticket, use)).toBeUndefined();
});

test('a ticket is over after five minutes, and when the clock was set back', () => {
  const { clock, sessions } = start();
  const late = sessions.createTicket();
  expect(late.expiresAt).toBe(clock.now() + ticketLifeMs);
  clock.pass(ticketLifeMs);
  expect(sessions.redeem(late.ticket)).toBe(false);
  const future = sessions.createTicket();
  clock.pass(-1_000);
  expect(sessions.redeem(future.ticket)).toBe(false);
});

test('a session lives while it is used and ends after twelve idle hours', () => {
  const { clock, sessions } = start();
  const token = sessions.open(origin);
  for (let round = 0; round < 3; round += 1) {
    clock.pass(sessionIdleMs - 1);
    expect(sessions.find(token, use)).toBeDefined();
  }
  clock.pass(sessionIdleMs);
  expect(sessions.find(token, use)).toBeUndefined();
  expect(sessions.list()).toEqual([]);
});

test('a session locks when nobody used it, and looking at it is no use', () => {
  const clock = new FakeClock();
  const sessions = new AdminSessions(clock, () => 60_000);
  const token = sessions.open(origin);
  clock.pass(59_999);
  expect(sessions.find(token, use)).toMatchObject({ isLocked: false });
  clock.pass(59_999);
  expect(sessions.find(token, { isUse: false })).toMatchObject({ isLocked: false });
  clock.pass(1);
  expect(sessions.find(token, use)).toMatchObject({ isLocked: true });
  expect(sessions.find(token, use)).toMatchObject({ isLocked: true });
});

test('a session is locked, revoked and closed by name, and the others stay', () => {
  const { sessions } = start();
  const [mine, other] = [sessions.open(origin), sessions.open({ way: 'password', address: '192.0.2.1' })];
  const { id = '' } = sessions.find(other, use) ?? {};
  expect(sessions.list()[0]).toMatchObject({ id, address: '192.0.2.1' });
  expect([sessions.lock(id), sessions.lock('ses_unknown')]).toEqual([true, false]);
  expect(sessions.find(other, use)).toMatchObject({ isLocked: true });
  expect([sessions.revoke(id), sessions.revoke(id)]).toEqual([true, false]);
  expect(sessions.find(other, use)).toBeUndefined();
  const third = sessions.open(origin);
  sessions.revokeOthers(sessions.find(mine, use)?.id);
  expect([sessions.find(mine, use) !== undefined, sessions.find(third, use)]).toEqual([true, undefined]);
  sessions.close(mine);
  expect(sessions.find(mine, use)).toBeUndefined();
});

test('however many tickets and sessions are made, memory stays bounded and the newest work', () => {
  const { sessions } = start();
  const tickets = Array.from({ length: 500 }, () => sessions.createTicket().ticket);
  expect([sessions.redeem(tickets[0] ?? ''), sessions.redeem(tickets.at(-1) ?? '')]).toEqual([false, true]);
  const tokens = Array.from({ length: 500 }, () => sessions.open(origin));
  const isOpen = (token = '') => sessions.find(token, use) !== undefined;
  expect([isOpen(tokens[0]), isOpen(tokens.at(-1))]).toEqual([false, true]);
  expect(sessions.list().length).toBeLessThanOrEqual(100);
});
