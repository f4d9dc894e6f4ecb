/** What went wrong, by undici's and the system's own codes; the text is for people. */
const details: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection closed while sending',
  ENOTFOUND: 'its name does not resolve',
  EAI_AGAIN: 'its name cannot be resolved now',
  ETIMEDOUT: 'connection timed out',
  ECONNABORTED: 'no answer in time',
  ERR_BAD_RESPONSE: 'the answer is too long',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  UND_ERR_CONNECT_TIMEOUT: 'connection timed out',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stalled',
  UND_ERR_SOCKET: 'connection closed',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer was shorter than announced',
};

/** In words for people. Never the address or anything that was sent. */
export function describeTrouble(error: unknown): string {
  const code = codeOf(error);
  return details[code] ?? (code || (error instanceof Error ? error.message : 'unknown trouble'));
}

/** There was no connection that a request could have been sent on. */
export class NotConnected extends Error {
  constructor(cause: Error) {
    super(describeTrouble(cause));
    this.name = 'NotConnected';
  }
}

/** Whether a request was surely never sent. */
export function isUnsent(error: unknown): boolean {
  return error instanceof NotConnected || unsent.has(codeOf(error));
}

const unsent: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause === undefined ? '' : codeOf(error.cause);
}
