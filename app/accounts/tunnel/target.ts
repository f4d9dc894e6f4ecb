/** What a proxy is asked to connect to. */
export interface TunnelTarget {
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Where the proxy itself listens. */
export function proxyPlace({ hostname, port }: URL, usualPort: number): TunnelTarget {
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? usualPort : Number(port) };
}
