// Of the page's contract too: nothing of Node.

/** Programs whose accounts can be taken over. */
export const importKinds = ['cc-switch', 'claude-code-router', 'claude-relay-service'] as const;
export type ImportKind = (typeof importKinds)[number];

/** Why something that was found is left where it is. */
export const leftReasons = [
  'subscription',
  'no-secret',
  'sanitized',
  'sealed',
  'hashed',
  'key-unusable',
  'no-address',
  'address-unusable',
  'local-address',
  'this-relay',
  'protocol-unknown',
  'program-unknown',
  'expired',
  'already-there',
  'twice',
  'refused',
] as const;
export type LeftReason = (typeof leftReasons)[number];
