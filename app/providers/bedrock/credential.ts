import * as z from 'zod';
import { member, parseJson, textMember } from '../../protocols/json-value.ts';

const text = (name: string, pattern: RegExp) => {
  return z
    .string({ error: `Give the ${name}.` })
    .regex(pattern, `The ${name} is empty or has a character that none has. Paste it alone, in one line.`);
};

const apiKey = z
  .strictObject({
    kind: z.literal('api-key'),
    token: text('API key', /^[\w+/=.-]+$/).meta({
      title: 'API key',
      description: 'A Bedrock API key; it works only in the region where it was made.',
    }),
  })
  .meta({ title: 'Bedrock API key' });

const accessKey = z
  .strictObject({
    kind: z.literal('aws'),
    accessKeyId: text('access key id', /^\w+$/).meta({ title: 'Access key id' }),
    secretAccessKey: text('secret access key', /^[\w+/=]+$/).meta({ title: 'Secret access key' }),
    sessionToken: text('session token', /^[!-~]+$/)
      .optional()
      .meta({ title: 'Session token', description: 'Only for temporary credentials.' }),
  })
  .meta({ title: 'AWS access key' });

const defaultChain = z
  .strictObject({
    kind: z.literal('default-chain'),
    profile: text('profile', /^[^\s[\]#;]+$/)
      .optional()
      .meta({ title: 'Profile', description: 'Leave empty for the one that AWS’s tools use here.' }),
  })
  .meta({
    title: 'What AWS’s tools use here',
    description: 'Environment, shared files and aws sso login on this computer, read again before they expire.',
  });

/** An API key takes the place of a signature. */
export const bedrockSecret = z
  .discriminatedUnion('kind', [apiKey, accessKey, defaultChain], {
    error:
      'Give a Bedrock API key, an access key as AKIA…:secret or AKIA…:secret:session-token, or default-chain (or default-chain:PROFILE) for what AWS’s own tools use on this computer.',
  })
  .meta({ title: 'Credential', description: 'Kept in the vault; it is never shown again.' });

export type BedrockSecret = z.infer<typeof bedrockSecret>;
export type AccessKey = z.infer<typeof accessKey>;
export type DefaultChain = z.infer<typeof defaultChain>;

/** One pasted line: JSON, an access key with its secret, the chain, or an API key. The schema says what is wrong with it. */
export function secretFromText(pasted: string): BedrockSecret {
  const line = pasted.trim();
  if (line.startsWith('{')) return fromJson(line);
  const [chain, profile] = /^default-chain(?::(.*))?$/s.exec(line) ?? [];
  if (chain !== undefined) return { kind: 'default-chain', ...(profile === undefined ? {} : { profile }) };
  const [, accessKeyId, secretAccessKey = '', sessionToken] = /^(A[KS]IA\w*):([^:]*)(?::(.*))?$/s.exec(line) ?? [];
  if (accessKeyId === undefined) return { kind: 'api-key', token: line };
  return { kind: 'aws', accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

/** Our own form, or what the AWS command line prints for temporary credentials. */
function fromJson(line: string): BedrockSecret {
  const document = parseJson(line);
  const own = bedrockSecret.safeParse(document);
  if (own.success) return own.data;
  const printed = member(document, 'Credentials') ?? document;
  const accessKeyId = textMember(printed, 'AccessKeyId') ?? textMember(printed, 'accessKeyId');
  if (accessKeyId === undefined) return { kind: 'api-key', token: textMember(document, 'token') ?? '' };
  const secretAccessKey = textMember(printed, 'SecretAccessKey') ?? textMember(printed, 'secretAccessKey') ?? '';
  const sessionToken = textMember(printed, 'SessionToken') ?? textMember(printed, 'sessionToken');
  return { kind: 'aws', accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}
