/** What we use of it; it brings no types of its own. */
declare module 'multicast-dns' {
  import type { EventEmitter } from 'node:events';

  export interface Question {
    readonly name: string;
    readonly type: string;
  }
  export interface Answer extends Question {
    readonly ttl?: number;
    readonly flush?: boolean;
    readonly data?: unknown;
  }
  export interface Packet {
    readonly id?: number;
    readonly questions?: readonly Question[];
    readonly answers?: readonly Answer[];
  }
  export interface Asker {
    readonly address: string;
    readonly port: number;
  }
  export interface MulticastDns extends EventEmitter {
    query(packet: Packet, done?: () => void): void;
    respond(packet: Packet, to?: Asker | null, done?: () => void): void;
    destroy(done?: () => void): void;
  }
  // biome-ignore lint/style/noDefaultExport: the package has no other.
  export default function multicastDns(options: { readonly interface: string; readonly bind: string }): MulticastDns;
}
