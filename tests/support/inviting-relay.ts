import * as z from 'zod';
import { RelayProcess } from './relay-process.ts';
import { address } from './shared-relay.ts';

const issued = z.object({ code: z.string(), links: z.array(z.string()).min(1) });
const standing = z.object({ authority: z.object({ fingerprint: z.string() }) });

export interface Invitation {
  readonly link: string;
  readonly code: string;
}

/** Somebody else's Waystation, on another address of this computer. */
export async function invitingRelay() {
  const relay = await RelayProcess.start();
  await relay.json(['share', 'on', '--address', address, '--port', '0']);
  const { authority } = standing.parse(await relay.json(['share', 'status']));
  return {
    fingerprint: authority.fingerprint,
    async invite(name: string): Promise<Invitation> {
      const { code, links } = issued.parse(await relay.json(['invite', 'create', '--name', name]));
      return { code, link: links[0] ?? '' };
    },
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  };
}
