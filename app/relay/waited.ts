import type { Turn } from '../accounts/wait-queue.ts';
import type { WaitAdvice } from '../scheduler/plan.ts';

/** One time that a call waited, for an account or for a place of its key, for its explanation. */
export interface Waited {
  readonly reason: WaitAdvice['reason'] | 'key';
  readonly accountIds: readonly string[];
  /** Place in the queue of its key when it came, from 1. */
  readonly position: number;
  readonly ms: number;
  readonly ended: Turn['kind'];
}
