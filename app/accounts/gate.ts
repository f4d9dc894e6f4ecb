import type { Health } from './account.ts';
import { triesAtATime } from './breaker.ts';
import { isHalfOpen } from './health.ts';

/** Why an account that is well cannot begin a call at this moment. */
export interface Obstacle {
  /** At its concurrency or behind others that wait; one call tries first; or it has just returned from a limit. */
  readonly reason: 'busy' | 'probing' | 'ramping';
  /** When it is over by itself; absent when it ends with another call's progress. */
  readonly until?: number | undefined;
}

/** After a limit ended an account takes calls slowly, so that those who waited do not run into the next one (A08). */
const rampMs = 5_000;
const rampStepMs = 100;
const takenMs = 250;

const busy: Obstacle = { reason: 'busy' };
const probing: Obstacle = { reason: 'probing' };

/** How many calls an account carries in this process (see `SharedPlaces` for several), and whether it may begin another. */
export class Gate {
  inFlight = 0;
  /** Calls in the queue that may go to this account: nobody overtakes them. */
  waiting = 0;
  /** Other nodes have all its places: until then only the queue asks again. */
  #takenUntil = 0;
  #rampEndsAt = 0;
  #nextStartAt = 0;

  obstacle(health: Health, maxConcurrent: number | undefined, now: number): Obstacle | undefined {
    if (this.waiting > 0 || now < this.#takenUntil) return this.#ownObstacle(health, maxConcurrent, now) ?? busy;
    return this.#ownObstacle(health, maxConcurrent, now);
  }

  /** Answers whether the call may begin, and counts it if so. Those who waited are not in their own way. */
  start(health: Health, maxConcurrent: number | undefined, from: { now: number; queue: boolean }): boolean {
    const { now, queue } = from;
    const obstacle = queue ? this.#ownObstacle(health, maxConcurrent, now) : this.obstacle(health, maxConcurrent, now);
    if (obstacle) return false;
    this.inFlight += 1;
    if (now < this.#rampEndsAt) this.#nextStartAt = now + rampStepMs;
    return true;
  }

  /** Whether the first of those who wait may begin. */
  isOpen(health: Health, maxConcurrent: number | undefined, now: number): boolean {
    return this.#ownObstacle(health, maxConcurrent, now) === undefined;
  }

  /** When it opens by itself; undefined when that comes with another call's progress or it is open. */
  opensAt(health: Health, maxConcurrent: number | undefined, now: number): number | undefined {
    return this.#ownObstacle(health, maxConcurrent, now)?.until;
  }

  end(): void {
    if (this.inFlight > 0) this.inFlight -= 1;
  }

  /** A call that began here found no place on any node. */
  takenElsewhere(now: number): void {
    this.end();
    this.#takenUntil = now + takenMs;
  }

  /** The first call after a limit was answered. */
  ramp(now: number): void {
    this.#rampEndsAt = now + rampMs;
    this.#nextStartAt = now + rampStepMs;
  }

  /** The wall clock was set by this much. */
  shift(byMs: number): void {
    this.#rampEndsAt += byMs;
    this.#nextStartAt += byMs;
    this.#takenUntil += byMs;
  }

  #ownObstacle(health: Health, maxConcurrent: number | undefined, now: number): Obstacle | undefined {
    if (maxConcurrent !== undefined && this.inFlight >= maxConcurrent) return busy;
    if (health.isUnproven && this.inFlight > 0) return probing;
    if (health.state === 'cooling-down' && isHalfOpen(health, now) && this.inFlight >= triesAtATime(health.breaker)) {
      return probing;
    }
    if (now < this.#nextStartAt && now < this.#rampEndsAt) return { reason: 'ramping', until: this.#nextStartAt };
    return undefined;
  }
}
