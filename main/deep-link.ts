import { inviteLink, readJoinFragment } from '../app/server/join/contract.ts';

/** The pages a link may show. */
export const linkedPages = ['home', 'live', 'accounts', 'routing', 'connections', 'team', 'usage', 'settings'] as const;
export type LinkedPage = (typeof linkedPages)[number];

/** The tools a link may name. */
export const linkedTools = {
  'claude-code': 'Claude Code',
  codex: 'Codex',
  'gemini-cli': 'Gemini CLI',
  opencode: 'opencode',
  'qwen-code': 'Qwen Code',
  vscode: 'VS Code',
} as const;
export type LinkedTool = keyof typeof linkedTools;

/** All that a link may ask for: to be shown something. */
export type DeepLink =
  | { readonly kind: 'open'; readonly page: LinkedPage }
  | { readonly kind: 'connect'; readonly tool: LinkedTool }
  /** An invite of another Waystation; it opens that invite once and is no key. */
  | { readonly kind: 'join'; readonly origin: string; readonly invite: string };

export const linkScheme = 'waystation';
const longest = 512;
/** Nothing else can be written in a link: no query, no fragment, no escapes, no other scripts, no dots, no second slash. */
const form = /^waystation:\/\/(open|connect)\/([a-z][a-z-]{0,30})\/?$/;

/** An address in the one way it is written, and after the # what invites say there: no path, no query, no user. */
const joinForm =
  /^waystation:\/\/join\/(https?)\/((?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:]{2,39}\])(?::[1-9]\d{0,4})?)\/?#([\w=&-]{45,120})$/;

/** Undefined for whatever is not exactly one of ours. */
export function parseDeepLink(text: string): DeepLink | undefined {
  if (text.length > longest) return undefined;
  return parseJoin(text) ?? parseShow(text);
}

function parseJoin(text: string): DeepLink | undefined {
  const [, scheme, host, rest = ''] = joinForm.exec(text) ?? [];
  const fragment = readJoinFragment(rest);
  const origin = `${scheme}://${host}`;
  // A default port or another spelling of a number would be shown as something that it is not.
  return fragment && URL.parse(origin)?.origin === origin
    ? { kind: 'join', origin, invite: inviteLink(origin, fragment) }
    : undefined;
}

function parseShow(text: string): DeepLink | undefined {
  const [, action, name] = form.exec(text) ?? [];
  if (action === 'open') {
    const page = linkedPages.find((known) => known === name);
    return page && { kind: 'open', page };
  }
  return name !== undefined && isTool(name) ? { kind: 'connect', tool: name } : undefined;
}

/** The first link among the arguments of a launch; what is no link of ours is no word to us. */
export function deepLinkIn(argv: readonly string[]): DeepLink | undefined {
  return argv.map(parseDeepLink).find((link) => link !== undefined);
}

/** Where the page shows it. */
export function pageOf(link: DeepLink): string {
  if (link.kind === 'open') return link.page;
  // The page asks for the invite itself: it stands in no address.
  return link.kind === 'join' ? 'accounts?join=1' : `connections?tool=${link.tool}`;
}

function isTool(name: string): name is LinkedTool {
  return Object.hasOwn(linkedTools, name);
}
