/** How sharing at one address stands. */
export interface AddressStanding {
  readonly address: string;
  readonly state: 'listening' | 'absent' | 'failed';
  readonly port?: number | undefined;
  readonly problem?: string | undefined;
}
