/** Why a tool's file was left as it is. `message` says what happened, then what to do. */
export class ConnectRefused extends Error {
  readonly kind: 'not-found' | 'conflict';

  constructor(kind: ConnectRefused['kind'], message: string) {
    super(message);
    this.name = 'ConnectRefused';
    this.kind = kind;
  }
}
