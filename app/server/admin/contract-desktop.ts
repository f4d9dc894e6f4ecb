import * as z from 'zod';

// What the page may ask of the desktop app around it: only what is the operating system's. Everything else is HTTP.

const none = z.strictObject({});

/** What the person chose for the desktop app. */
export const desktopChoices = {
  loginStart: z.enum(['off', 'hidden', 'visible']),
  /** Only asked where there is no tray to hide in. */
  whenClosed: z.enum(['ask', 'quit', 'minimise']),
  /** What becomes of connected tools. */
  whenQuitting: z.enum(['restore', 'leave']),
  notifications: z.enum(['ask', 'on', 'off']),
  /** Whether the pause key works in every program. */
  hasPauseKey: z.boolean(),
  /** A hidden window is let go after so long. */
  releaseAfterMinutes: z.number().min(0).max(1_440),
};

export const desktopUpdate = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('off'), why: z.enum(['not-packaged', 'no-feed', 'no-key', 'safe-mode']) }),
  z.object({ kind: z.literal('idle'), checkedAt: z.number().optional() }),
  z.object({ kind: z.literal('checking') }),
  z.object({ kind: z.literal('available'), version: z.string() }),
  z.object({ kind: z.literal('downloading'), version: z.string(), share: z.number() }),
  z.object({ kind: z.literal('ready'), version: z.string() }),
  z.object({ kind: z.literal('failed'), reason: z.string() }),
]);

export const desktopState = z.object({
  ...desktopChoices,
  /** Whether this desktop has a tray, or a Dock, to come back from. */
  canHide: z.boolean(),
  isSafe: z.boolean(),
  update: desktopUpdate,
});

export const desktopCalls = {
  show: { input: none, output: desktopState },
  change: { input: z.strictObject(z.object(desktopChoices).partial().shape), output: desktopState },
  /** The invite of the link that opened this page, once; null when there is none. */
  takeInvite: { input: none, output: z.object({ invite: z.string().nullable() }) },
  /** Shows a notification; false where the system shows none. */
  testNotification: { input: none, output: z.object({ isShown: z.boolean() }) },
  openDataFolder: { input: none, output: none },
  checkForUpdate: { input: none, output: desktopState },
  downloadUpdate: { input: none, output: desktopState },
  installUpdate: { input: none, output: desktopState },
} as const;

export type DesktopCall = keyof typeof desktopCalls;
export type DesktopInput<Call extends DesktopCall> = z.output<(typeof desktopCalls)[Call]['input']>;
export type DesktopOutput<Call extends DesktopCall> = z.output<(typeof desktopCalls)[Call]['output']>;

/** `window.waystation`, where the page stands in the desktop app's window. */
export type DesktopBridge = {
  readonly [Call in DesktopCall]: (input: DesktopInput<Call>) => Promise<DesktopOutput<Call>>;
};
