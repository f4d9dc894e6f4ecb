import * as z from 'zod';
import type { SettingsRepository } from '../store/settings.ts';

export const memberAccessSetting = 'members.sign-in';

export const memberAccess = z.strictObject({
  /** Whether the holder of a key may see with it what its member used. */
  allowKeys: z.boolean().default(true),
  /** Whether passwords that were set here let members in. */
  allowPasswords: z.boolean().default(true),
  /** Whether members may give their keys new secrets themselves. */
  rotateKeys: z.boolean().default(false),
});
export type MemberAccess = Readonly<z.output<typeof memberAccess>>;

export async function readMemberAccess(settings: Pick<SettingsRepository, 'get'>): Promise<MemberAccess> {
  const stored = await settings.get(memberAccessSetting);
  const parsed = memberAccess.safeParse(stored === undefined ? {} : JSON.parse(stored));
  // What a newer version wrote is not understood here: then nobody is let in by it.
  return parsed.success ? parsed.data : { allowKeys: false, allowPasswords: false, rotateKeys: false };
}
