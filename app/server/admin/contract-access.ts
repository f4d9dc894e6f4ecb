import * as z from 'zod';

// The part of the contract that is about who may use the admin API, and about what they changed.

const id = z.string().min(1).max(64);
const moment = z.int().nonnegative();
const none = z.strictObject({});
const byId = z.strictObject({ id });
const number = z
  .union([z.int(), z.string().regex(/^\d{1,15}$/)])
  .transform(Number)
  .pipe(z.int().nonnegative());

export const accessSetting = 'admin.access';
export const accessRules = z.strictObject({
  /** Whether a browser without a ticket may sign in with the admin password. */
  allowPassword: z.boolean().default(false),
  /** A session that was not used for so long locks; null never. */
  lockMinutes: z.int().min(1).max(720).nullable().default(null),
});
export type AccessRules = Readonly<z.output<typeof accessRules>>;

export const auditRetentionSetting = 'audit.retention';
export const auditRetention = z.strictObject({ days: z.int().min(1).max(36_500).default(365) });

export const sessionCredentials = z.union([
  z.strictObject({ ticket: z.string().max(128) }),
  z.strictObject({ password: z.string().min(1).max(200) }),
  /** From another computer, where the owner allows that; the code is of the second factor. */
  z.strictObject({
    name: z.string().min(1).max(254),
    password: z.string().min(1).max(200),
    code: z.string().min(1).max(64),
  }),
]);

/** What a browser that is not signed in may know. */
export const sessionState = z.object({
  state: z.enum(['signed-out', 'locked', 'open']),
  takesPassword: z.boolean(),
  /** Set for another computer: it takes a member's name, password and one-time code, and nothing else. */
  takesMember: z.literal(true).optional(),
  /** What a member may do who is signed in from there. */
  role: z.enum(['owner', 'admin', 'viewer']).optional(),
  /** The names of the routes that this role may call; pages show nothing else. Absent where everything may be called. */
  may: z.array(z.string()).optional(),
});

export const signIn = z.object({
  id,
  way: z.enum(['ticket', 'password', 'member']),
  /** Who it is, from another computer. */
  memberId: z.string().optional(),
  address: z.string().optional(),
  userAgent: z.string().optional(),
  createdAt: moment,
  lastUsedAt: moment,
  isLocked: z.boolean(),
  /** Whether it is the one that asks. */
  isCurrent: z.boolean(),
});

/** Of the owner, and of members. */
export const passwordText = z.string().min(10, 'must have at least 10 characters').max(200);
const removed = z.object({ id, removed: z.literal(true) });
const passwordState = z.object({ isSet: z.boolean() });

export const auditEntry = z.object({
  id,
  at: moment,
  /** `nobody` for a refused sign-in. */
  actor: z.enum(['command', 'control', 'session', 'member', 'invite', 'nobody']),
  actorId: z.string().nullable(),
  address: z.string().nullable(),
  /** The name of the route that was called. */
  action: z.string(),
  kind: z.string(),
  object: z.string(),
  /** Only the fields that changed; null when the object was made or removed. */
  before: z.json(),
  after: z.json(),
});

const auditQuestion = z.strictObject({
  limit: number.pipe(z.int().min(1).max(500)).default(50),
  /** `next` of the page before. */
  before: id.optional(),
  kind: z.string().max(64).optional(),
  object: z.string().max(200).optional(),
  action: z.string().max(64).optional(),
});
const auditPage = z.object({ entries: z.array(auditEntry), next: id.nullable() });

export const administrationRoutes = {
  listSignIns: { method: 'GET', path: '/sign-ins', input: none, output: z.array(signIn) },
  revokeSignIn: { method: 'DELETE', path: '/sign-ins/:id', input: byId, output: removed },
  showPassword: { method: 'GET', path: '/admin-password', input: none, output: passwordState },
  /** A session has to tell the password before, when there is one. Ends the other sessions. */
  setPassword: {
    method: 'POST',
    path: '/admin-password',
    input: z.strictObject({ password: passwordText, current: z.string().max(200).optional() }),
    output: passwordState,
  },
  clearPassword: {
    method: 'DELETE',
    path: '/admin-password',
    input: z.strictObject({ current: z.string().max(200).optional() }),
    output: passwordState,
  },
  listAudit: { method: 'GET', path: '/audit', input: auditQuestion, output: auditPage },
} as const;
