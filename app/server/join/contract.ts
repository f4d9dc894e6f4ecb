import * as z from 'zod';

// What the join page asks, over the listener for other computers. Nothing of Node: the page shares it.

export const joinPath = '/join';

export const joinPaths = {
  host: `${joinPath}/host`,
  exchange: `${joinPath}/exchange`,
  authority: `${joinPath}/ca.pem`,
  password: `${joinPath}/password`,
};

/** What everybody may know who can reach this listener. */
export const joinHost = z.object({
  /** What clients set as their base URL, the best first. */
  urls: z.array(z.string()),
  encryption: z.enum(['own-authority', 'plain', 'proxy']),
  /** Of the authority to trust, where it is our own. */
  fingerprint: z.string().optional(),
});
export type JoinHost = z.output<typeof joinHost>;

/** From the fragment of a link, or typed. */
export const inviteProof = z.union([
  z.strictObject({ token: z.string().min(1).max(100) }),
  z.strictObject({ code: z.string().min(1).max(40) }),
]);

export const joined = z.object({
  /** The key's secret: here and nowhere else. */
  secret: z.string(),
  keyName: z.string(),
  memberName: z.string(),
  urls: z.array(z.string()),
});
export type Joined = z.output<typeof joined>;

/** With the key that an invite just gave: a password to sign in with to one's own page. */
export const newPassword = z.strictObject({
  secret: z.string().min(1).max(512),
  password: z.string().min(10, 'must have at least 10 characters').max(200),
});
export const passwordSet = z.object({ isSet: z.literal(true) });

export const joinRefusal = z.object({ error: z.object({ reason: z.string(), message: z.string() }) });

/** What an invite's link says after its #. */
export interface JoinFragment {
  readonly token: string;
  /** As people compare it: `AB:CD:…`. */
  readonly fingerprint?: string | undefined;
}

const form = /^t=([\w-]{43})(?:&ca=([0-9a-f]{64}))?$/;

function joinFragment({ token, fingerprint }: JoinFragment): string {
  const authority = fingerprint === undefined ? '' : `&ca=${fingerprint.replaceAll(':', '').toLowerCase()}`;
  return `t=${token}${authority}`;
}

/** Without the #. Undefined for whatever is not exactly one of ours. */
export function readJoinFragment(text: string): JoinFragment | undefined {
  const [, token, authority] = form.exec(text) ?? [];
  if (token === undefined) return undefined;
  return { token, fingerprint: authority?.toUpperCase().match(/../g)?.join(':') };
}

/** Where a person joins. */
export function joinPage(url: string): string {
  return `${url}${joinPath}/`;
}

/** What opens the invite rides in the fragment, which browsers never send. */
export function inviteLink(url: string, fragment: JoinFragment): string {
  return `${joinPage(url)}#${joinFragment(fragment)}`;
}

/** The same for the desktop app of whoever has a Waystation of their own. */
export function appLink(url: string, fragment: JoinFragment): string {
  const { protocol, host } = new URL(url);
  return `waystation://join/${protocol.slice(0, -1)}/${host}#${joinFragment(fragment)}`;
}
