import { useMemo } from 'react';
import { useApi } from '../../stores/api.ts';

const every = 30_000;

/** What accounts and keys are called, by their ids. The same object until one of them is different. */
export function useNames(): {
  readonly accounts: ReadonlyMap<string, string>;
  readonly keys: ReadonlyMap<string, string>;
} {
  const accounts = useApi('listAccounts', {}, { every }).value;
  const keys = useApi('listKeys', {}, { every }).value;
  return useMemo(
    () => ({
      accounts: new Map(accounts?.map(({ id, name }) => [id, name])),
      keys: new Map(keys?.map(({ id, name }) => [id, name])),
    }),
    [accounts, keys],
  );
}
