/** What looks like a credential, wherever it stands: our keys, vendors' keys, bearer tokens, passwords in addresses. */
const secretShapes: readonly (readonly [RegExp, string])[] = [
  [/\bwsk_[\w-]{8,}/g, 'wsk_[redacted]'],
  [/\bsk-[\w-]{8,}/g, 'sk-[redacted]'],
  [/\bAIza[\w-]{20,}/g, '[redacted]'],
  [/\bya29\.[\w-]{8,}/g, '[redacted]'],
  [/\b(?:AKIA|ASIA|ABSK)[A-Za-z0-9+/=]{16,}/g, '[redacted]'],
  [/\b(?:gh[pousr]_|github_pat_|xox[abprs]-)[\w-]{10,}/g, '[redacted]'],
  [/\bey[\w-]{10,}\.[\w-]{10,}\.[\w-]*/g, '[redacted]'],
  [/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?/g, '[redacted]'],
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, '$1 [redacted]'],
  [
    // A document may stand inside another one's text: its quotes have backslashes then.
    /((?:x-api-key|api[-_]?key|authorization|cookie|x-goog-api-key|password|passphrase|secret|token)\\*["']?\s*[:=]\s*\\*["']?)[^\s"',;}\\]{4,}/gi,
    '$1[redacted]',
  ],
  [/(:\/\/[^/\s:@]*:)[^/\s@]+@/g, '$1[redacted]@'],
];

// Begins where a word does: a long text without a blank is looked at once.
const eMail = /(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/g;

export function redact(text: string): string {
  return secretShapes.reduce((redacted, [shape, replacement]) => redacted.replace(shape, replacement), text);
}

/** Also who somebody is, as far as it can be told from a text. */
export function redactPersonal(text: string): string {
  return redact(text).replace(eMail, '[e-mail]');
}
