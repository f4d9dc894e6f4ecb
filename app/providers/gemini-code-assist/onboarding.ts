import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { assistPath } from '../../protocols/gemini/assist-path.ts';
import { parseJson } from '../../protocols/json-value.ts';
import { readComplaint } from '../gemini/complaint.ts';
import type { ControlReply, ControlSend } from '../oauth.ts';

export interface OnboardingAsk {
  readonly base: string;
  readonly accessToken: string;
  /** The account's owner's own Google Cloud project, where Google asks for one. */
  readonly ownProject: string | undefined;
  readonly send: ControlSend;
  /** How long to wait before each look at an operation. */
  readonly pausesMs?: readonly number[];
}

export type Onboarded =
  | { readonly kind: 'ready'; readonly project: string; readonly tier: string; readonly plan: string | undefined }
  /** Google has not finished, or was not well. */
  | { readonly kind: 'later'; readonly detail: string }
  /** A sentence for the account's owner. */
  | { readonly kind: 'refused'; readonly detail: string };

const described = z.object({
  id: z.string().nullish(),
  name: z.string().nullish(),
  isDefault: z.boolean().nullish(),
});
const loaded = z.object({
  currentTier: described.nullish(),
  paidTier: described.nullish().catch(undefined),
  allowedTiers: z.array(described).nullish().catch(undefined),
  ineligibleTiers: z
    .array(z.object({ reasonMessage: z.string().nullish(), validationUrl: z.string().nullish() }))
    .nullish()
    .catch(undefined),
  cloudaicompanionProject: z.string().nullish(),
});
const operation = z.object({
  name: z.string().nullish(),
  done: z.boolean().nullish(),
  response: z
    .object({ cloudaicompanionProject: z.object({ id: z.string() }).nullish() })
    .nullish()
    .catch(undefined),
});

type Loaded = z.infer<typeof loaded>;
type Tier = Pick<Extract<Onboarded, { readonly kind: 'ready' }>, 'tier' | 'plan'>;

const freeTier = 'free-tier';
/** Who has no tier of its own to start with is given this one. */
const usualTier = 'legacy-tier';
/** The first look is at once; Google takes a few seconds. */
const usualPausesMs: readonly number[] = [0, 1_000, 2_000, 4_000, 4_000, 4_000];
/** Which product is asked for; nothing about the program that asks. */
const metadata = { ideType: 'IDE_UNSPECIFIED', platform: 'PLATFORM_UNSPECIFIED', pluginType: 'GEMINI' };

/** Asks which tier and project an account has, and has Google make them where there are none. Rejects only as `send` does. */
export async function onboard(ask: OnboardingAsk): Promise<Onboarded> {
  const { ownProject } = ask;
  const answer = read(
    loaded,
    await post(ask, 'loadCodeAssist', { ...named(ownProject), metadata: withProject(ownProject) }),
  );
  if (answer.kind !== 'said') return answer;
  const { said } = answer;
  if (!said.currentTier) return await start(ask, said);
  const tier = tierOf(said.paidTier ?? said.currentTier);
  return ready(said, said.cloudaicompanionProject ?? ownProject, tier);
}

/** A project of one's own must not be named for the free tier: Google has one for each person. */
async function start(ask: OnboardingAsk, said: Loaded): Promise<Onboarded> {
  const chosen = said.allowedTiers?.find(({ isDefault }) => isDefault) ?? { id: usualTier };
  const tier = tierOf(chosen);
  if (!said.allowedTiers?.length && said.ineligibleTiers?.length) return refusedBy(said);
  const project = tier.tier === freeTier ? undefined : ask.ownProject;
  const begun = await post(ask, 'onboardUser', {
    tierId: tier.tier,
    ...named(project),
    metadata: withProject(project),
  });
  let answer = read(operation, begun);
  for (const pauseMs of ask.pausesMs ?? usualPausesMs) {
    if (answer.kind !== 'said') return answer;
    const { done, name, response } = answer.said;
    if (done || !name) return ready(said, response?.cloudaicompanionProject?.id ?? ask.ownProject, tier);
    if (pauseMs > 0) await pause(pauseMs);
    answer = read(operation, await look(ask, name));
  }
  return { kind: 'later', detail: 'Google is still making a project for this account' };
}

function tierOf({ id, name }: z.infer<typeof described>): Tier {
  return { tier: id ?? usualTier, plan: name || undefined };
}

function ready(said: Loaded, project: string | undefined, tier: Tier): Onboarded {
  if (project) return { kind: 'ready', project, ...tier };
  return said.ineligibleTiers?.length ? refusedBy(said) : { kind: 'refused', detail: projectNeeded };
}

const loginEnded =
  'Google does not accept this login now. If it is Gemini CLI’s, start that once, so that it renews it';
const projectNeeded =
  'Google asks for a Google Cloud project of its owner for this account. Name it in the account’s settings: --set project=ID';

/** Google's own sentences: they say what its owner has to do. */
function refusedBy({ ineligibleTiers }: Loaded): Onboarded {
  const reasons = (ineligibleTiers ?? []).flatMap(({ reasonMessage, validationUrl }) => [
    reasonMessage?.slice(0, 500) ?? '',
    validationUrl && URL.canParse(validationUrl) ? `See: ${validationUrl}` : '',
  ]);
  const said = [...new Set(reasons.filter((reason) => reason !== ''))].join(' ');
  return { kind: 'refused', detail: `Google does not give this account Code Assist. ${said}`.trim() };
}

type Read<Said> = Exclude<Onboarded, { readonly kind: 'ready' }> | { readonly kind: 'said'; readonly said: Said };

function read<Said>(schema: z.ZodType<Said>, { status, body }: ControlReply): Read<Said> {
  if (status >= 200 && status < 300) {
    const { data } = schema.safeParse(parseJson(body));
    return data
      ? { kind: 'said', said: data }
      : { kind: 'later', detail: 'Code Assist gave an answer that nobody can read' };
  }
  if (status === 401) return { kind: 'refused', detail: loginEnded };
  const { message } = readComplaint(Buffer.from(body));
  if (status === 400 || status === 403) {
    return {
      kind: 'refused',
      detail: `Google does not give this account Code Assist. ${message.slice(0, 500)}`.trim(),
    };
  }
  return { kind: 'later', detail: `Code Assist answered with HTTP ${status}` };
}

function named(project: string | undefined) {
  return project === undefined ? {} : { cloudaicompanionProject: project };
}

function withProject(project: string | undefined) {
  return project === undefined ? metadata : { ...metadata, duetProject: project };
}

function post({ base, accessToken, send }: OnboardingAsk, verb: string, body: object): Promise<ControlReply> {
  const headers = { ...headersOf(accessToken), 'content-type': 'application/json' };
  return send({ url: base + assistPath(verb), method: 'POST', headers, body: JSON.stringify(body) });
}

/** Operations are named by Google: nothing else becomes part of an address. */
async function look({ base, accessToken, send }: OnboardingAsk, name: string): Promise<ControlReply> {
  if (!/^operations\/[\w.-]{1,200}$/.test(name)) return { status: 502, headers: {}, body: '' };
  return await send({ url: `${base}/v1internal/${name}`, method: 'GET', headers: headersOf(accessToken) });
}

function headersOf(accessToken: string) {
  return { authorization: `Bearer ${accessToken}`, accept: 'application/json' };
}
