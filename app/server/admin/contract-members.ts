import * as z from 'zod';
import { isTimeZone } from '../../domain/calendar.ts';
import { keyLimit } from '../../keys/limit-schema.ts';
import { memberPatch, memberRoles, newMember } from '../../keys/member-input.ts';
import { keyUse, limitStanding } from './contract-keys.ts';

// The part of the contract that is about members: the people whose keys there are.

const id = z.string().min(1).max(64);
const moment = z.int().nonnegative();
const byId = z.strictObject({ id });

const member = z.object({
  id,
  name: z.string(),
  email: z.string().optional(),
  role: z.enum(memberRoles),
  state: z.enum(['active', 'suspended']),
  note: z.string().optional(),
  /** For their keys that are on none themselves. */
  planId: z.string().optional(),
  planName: z.string().optional(),
  /** What all their keys share. */
  maxConcurrent: z.int().optional(),
  limits: z.array(keyLimit),
  createdAt: moment,
  updatedAt: moment,
  /** How many keys they have, without those in the trash. */
  keys: z.int(),
});

const spent = z.object({ calls: z.int(), tokens: z.int(), costNanoUsd: z.int() });

/** How a member stands now. */
const standing = z.object({
  memberId: id,
  /** Their local day, the last five hours, and seven days with today. */
  today: spent,
  fiveHours: spent,
  week: spent,
  /** How the limits stand that all their keys share. */
  standings: z.array(limitStanding),
  /** Of all their keys, the last. */
  lastUse: keyUse.optional(),
  /** Calls that are on their way here. */
  running: z.int(),
});

const standingQuestion = z.strictObject({
  /** IANA name: when a day begins. */
  timeZone: z.string().max(64).refine(isTimeZone, 'must be a time zone such as Europe/Berlin').default('UTC'),
});

const number = z
  .union([z.int(), z.string().regex(/^\d{1,15}$/)])
  .transform(Number)
  .pipe(z.int().nonnegative());

/** Calls that one key, or nobody we know, was refused for one reason from one address within an hour. */
const refusals = z.object({
  /** Of the last one. */
  at: moment,
  calls: z.int(),
  keyId: z.string().nullable(),
  /** Null too where the key is gone. */
  keyName: z.string().nullable(),
  memberId: z.string().nullable(),
  reason: z.string(),
  message: z.string(),
  address: z.string().nullable(),
  route: z.string(),
  userAgent: z.string().nullable(),
});

const refusalQuestion = z.strictObject({
  limit: number.pipe(z.int().min(1).max(500)).default(50),
  since: number.optional(),
  before: number.optional(),
  key: id.optional(),
  reason: z.string().max(64).optional(),
});

export const memberRoutes = {
  listMembers: { method: 'GET', path: '/members', input: z.strictObject({}), output: z.array(member) },
  memberStandings: {
    method: 'GET',
    path: '/member-standings',
    input: standingQuestion,
    output: z.array(standing),
  },
  /** What was turned away before it was admitted, the latest first. */
  listRefusals: { method: 'GET', path: '/refusals', input: refusalQuestion, output: z.array(refusals) },
  showMember: { method: 'GET', path: '/members/:id', input: byId, output: member },
  createMember: { method: 'POST', path: '/members', input: newMember, output: member },
  updateMember: {
    method: 'PATCH',
    path: '/members/:id',
    input: z.strictObject({ id, ...memberPatch.shape }),
    output: member,
  },
  /** Calls with their keys are refused from now on; nothing is lost. */
  suspendMember: { method: 'POST', path: '/members/:id/suspend', input: byId, output: member },
  resumeMember: { method: 'POST', path: '/members/:id/resume', input: byId, output: member },
  /** Only one without keys in use, or with them: they go to the trash. */
  removeMember: {
    method: 'DELETE',
    path: '/members/:id',
    input: z.strictObject({ id, withKeys: z.boolean().optional() }),
    output: z.object({ id, removed: z.literal(true) }),
  },
} as const;
