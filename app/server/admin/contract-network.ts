import * as z from 'zod';

// The part of the contract about how this computer and the internet are reached.

const none = z.strictObject({});
const port = z.int().min(1).max(65_535);

export const network = z.object({
  /** Null while no relay runs. */
  url: z.string().nullable(),
  /** What it listens on since it was started. */
  host: z.string(),
  port: z.int(),
  /** What it will listen on once it is started again. */
  nextPort: z.int(),
  /** Start: a flag or a variable says it, and what is kept here says nothing. */
  portFrom: z.enum(['default', 'file', 'start']),
  /** Further names that clients may use. */
  allowedHosts: z.array(z.string()),
  /** Null: straight to the internet. Its password is never told. */
  proxy: z
    .object({ protocol: z.string(), host: z.string(), isReadable: z.boolean(), hasPassword: z.boolean() })
    .nullable(),
});

export const networkRoutes = {
  showNetwork: { method: 'GET', path: '/network', input: none, output: network },
  /** From the next start on. Connected tools have to be connected again then. */
  changePort: { method: 'POST', path: '/network/port', input: z.strictObject({ port }), output: network },
  /** For accounts without one of their own whose upstream is on the internet, from the next call on. */
  setProxy: {
    method: 'POST',
    path: '/network/proxy',
    input: z.strictObject({ proxy: z.string().min(1).max(2_048) }),
    output: network,
  },
  clearProxy: { method: 'DELETE', path: '/network/proxy', input: none, output: network },
  /** Through it to an upstream, without a request and without a credential. */
  testProxy: {
    method: 'POST',
    path: '/network/proxy/test',
    input: none,
    output: z.object({ ok: z.boolean(), origin: z.string(), message: z.string() }),
  },
} as const;
