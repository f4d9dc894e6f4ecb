import * as z from 'zod';
import { keyName } from '../../keys/fields.ts';

// The part of the contract that is about invites to another Waystation. What opens one is asked for, and never answered.

const invited = z.strictObject({
  /** A whole link, or a code. */
  invite: z.string().min(1).max(600),
  /** Where a code is good. */
  at: z.string().max(300).optional(),
});

const host = z.object({
  /** Such as `https://192.168.1.20:8485`. */
  origin: z.string(),
  encryption: z.enum(['own-authority', 'public', 'plain']),
  /** Of its own authority, as people compare it. */
  fingerprint: z.string().optional(),
  /** The invite itself names that authority. */
  isNamed: z.boolean(),
  /** What the account could be called. */
  name: z.string(),
});

export const joinRoutes = {
  /** Who answers there. Takes nothing: the invite is as good as before. */
  lookAtInvite: { method: 'POST', path: '/accounts/join/look', input: invited, output: host },
  /** Uses the invite up, and adds that relay as an account. */
  joinRelay: {
    method: 'POST',
    path: '/accounts/join',
    input: z.strictObject({
      ...invited.shape,
      name: keyName,
      /** That somebody compared; needed where the invite names none. */
      fingerprint: z.string().max(100).optional(),
      /** Also where nothing is encrypted. */
      allowPlain: z.boolean().optional(),
    }),
    output: z.object({ id: z.string(), name: z.string(), memberName: z.string() }),
  },
} as const;
