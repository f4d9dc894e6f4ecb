import { create } from 'zustand';

/** A filter of the list of calls under a name, as the page's address writes it. */
export interface SavedFilter {
  readonly name: string;
  readonly query: string;
}

interface SavedFilters {
  readonly filters: readonly SavedFilter[];
  /** In place of one of the same name. */
  save(filter: SavedFilter): void;
  remove(name: string): void;
}

const storedName = 'waystation.filters';
const most = 30;

/** Of this browser; nothing of it is the relay's. */
export const useSavedFilters = create<SavedFilters>((set, get) => {
  const keep = (filters: readonly SavedFilter[]) => {
    localStorage.setItem(storedName, JSON.stringify(filters));
    set({ filters });
  };
  return {
    filters: readFilters(localStorage.getItem(storedName)),
    save: (filter) =>
      keep([...get().filters.filter(({ name }) => name !== filter.name), filter].slice(-most).toSorted(byName)),
    remove: (removed) => keep(get().filters.filter(({ name }) => name !== removed)),
  };
});

/** What another version wrote, or a person, is left out rather than trusted. */
export function readFilters(text: string | null): readonly SavedFilter[] {
  try {
    const given: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(given) ? given.filter(isFilter) : [];
  } catch {
    return [];
  }
}

function isFilter(given: unknown): given is SavedFilter {
  if (typeof given !== 'object' || given === null) return false;
  return 'name' in given && typeof given.name === 'string' && 'query' in given && typeof given.query === 'string';
}

function byName(a: SavedFilter, b: SavedFilter): number {
  return a.name.localeCompare(b.name);
}
