const month = '(?:0[1-9]|1[0-2])';
const day = '(?:0[1-9]|[12]\\d|3[01])';
const contextSuffix = /\[\d+[mk]\]$/i;
const arn = /^arn:aws[a-z-]*:bedrock:[a-z0-9-]*:\d*:(?:foundation-model|inference-profile)\/(.+)$/;
/** Google's resource names, with or without the project they belong to. */
const googleName = /^(?:projects\/[^/]+\/locations\/[^/]+\/)?(?:publishers\/[a-z0-9-]+\/)?models\/([^/]+)$/;
/** `us.anthropic.claude-x-v1:0`, `openai.gpt-x-1:0`: region group and revision are optional. */
const bedrockName =
  /^(?:[a-z]{2,6}(?:-gov)?\.)?(?:anthropic\.(claude-.+?)(?:-v\d+(?::\d+(?::\d+k)?)?)?|openai\.(gpt-.+?)(?:-\d+:\d+)?)$/;
/** `-20250929` and `@20250929` of Anthropic, `-2026-03-05` of OpenAI. */
const snapshot = new RegExp(`(?:[-@]20\\d\\d${month}${day}|-20\\d\\d-${month}-${day}|@default)$`);
const geminiRevision = /^(gemini-.+)-00\d$/;

/**
 * Names of one model, from the one given to the most general: context mark, cloud envelope and snapshot date removed.
 * Only whole, known parts are removed; `claude-x-5-1` never becomes `claude-x-5`.
 */
export function modelNames(model: string): readonly string[] {
  const plain = model.replace(contextSuffix, '');
  const named = arn.exec(plain)?.[1] ?? googleName.exec(plain)?.[1] ?? plain;
  const [, claude, gpt] = bedrockName.exec(named) ?? [];
  const base = claude ?? gpt ?? named;
  return [...new Set([model, plain, base, base.replace(snapshot, '').replace(geminiRevision, '$1')])];
}

/**
 * Every way to say the same model, in lower case: with and without Google's `models/`, a context mark, a cloud's envelope
 * and a snapshot date. For comparing only; what goes upstream is never changed by it.
 */
export function spellings(model: string): readonly string[] {
  const name = model.toLowerCase();
  return [...new Set([name, ...modelNames(bareModel(name))])];
}

/** Without what says nothing of the model itself: Google's collection and the mark of a context window. */
export function bareModel(model: string): string {
  return model.replace(/^models\//i, '').replace(contextSuffix, '');
}
