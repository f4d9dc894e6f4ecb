import { useCallback, useEffect, useRef } from 'react';
import { type NavigateOptions, useSearchParams } from 'react-router';

type Change = (make: (latest: URLSearchParams) => URLSearchParams, options?: NavigateOptions) => void;

/** The parameters of the address. A change builds on the one before it, also when the address does not have that one yet. */
export function useSearch(): readonly [search: URLSearchParams, change: Change] {
  const [search, setSearch] = useSearchParams();
  const latest = useRef(search);
  useEffect(() => {
    latest.current = search;
  }, [search]);
  const change = useCallback<Change>(
    (make, options) => {
      latest.current = make(latest.current);
      setSearch(latest.current, options);
    },
    [setSearch],
  );
  return [search, change];
}

/** Nothing, or an empty text, takes a parameter away. */
export function withParams(
  search: URLSearchParams,
  changes: Readonly<Record<string, string | undefined>>,
): URLSearchParams {
  const next = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) value ? next.set(name, value) : next.delete(name);
  return next;
}
