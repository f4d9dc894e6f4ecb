interface Repeated {
  /** The relay's own address. */
  readonly url: string;
  readonly method: string;
  readonly path: string;
  readonly protocol: string;
  readonly model: string;
  /** What was sent, where that is known and whole. */
  readonly body: string | undefined;
}

/** A call as a command. It names a variable instead of a key: a key would stay in the history of the shell. */
export function toCurl({ url, method, path, protocol, model, body }: Repeated): string {
  const lines = [
    `curl -N -X ${method} ${quoted(url + path)}`,
    '-H "authorization: Bearer $WAYSTATION_KEY"',
    ...(protocol === 'anthropic' ? ["-H 'anthropic-version: 2023-06-01'"] : []),
  ];
  const sent = method === 'POST' ? (body ?? smallest(protocol, model)) : undefined;
  if (sent !== undefined) lines.push("-H 'content-type: application/json'", `-d ${quoted(sent)}`);
  return lines.join(' \\\n  ');
}

/** The least that such a call can say. */
function smallest(protocol: string, model: string): string {
  const messages = [{ role: 'user', content: 'Hello' }];
  if (protocol === 'anthropic') return JSON.stringify({ model, max_tokens: 64, messages });
  if (protocol === 'openai-responses') return JSON.stringify({ model, input: 'Hello' });
  if (protocol === 'gemini') return JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] });
  return JSON.stringify({ model, messages });
}

/** For a POSIX shell: nothing within single quotes means anything, and they cannot hold one. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
