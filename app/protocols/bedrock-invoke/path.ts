/** What the path of an invocation says. */
export interface Invocation {
  readonly model: string;
  readonly isStream: boolean;
}

const invocationPath = /^(?:\/bedrock)?\/model\/([^/]{1,1024})\/(invoke|invoke-with-response-stream)$/;

/** Undefined when the path is none of an invocation. A model may be an ARN: percent-encoded it is one part of the path. */
export function readInvocation(path: string): Invocation | undefined {
  const [, name = '', verb] = invocationPath.exec(path) ?? [];
  if (verb === undefined) return undefined;
  try {
    return { model: decodeURIComponent(name), isStream: verb === 'invoke-with-response-stream' };
  } catch {
    return undefined; // a malformed escape names nothing
  }
}
