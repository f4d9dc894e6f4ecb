import { useQuery } from '@tanstack/react-query';
import { type Licence, readLicences } from '../api/licences.ts';
import { type Answer, toFailure } from './api.ts';

/** They change with the program only. */
export function useLicences(): Answer<readonly Licence[]> {
  const found = useQuery({
    queryKey: ['licences'],
    queryFn: readLicences,
    refetchInterval: false,
    staleTime: Infinity,
  });
  return {
    value: found.data,
    failure: found.error === null ? undefined : toFailure(found.error),
    loadedAt: found.dataUpdatedAt === 0 ? undefined : found.dataUpdatedAt,
    refresh: async () => void (await found.refetch()),
  };
}
