import { Dialog } from '@base-ui/react/dialog';
import { type KeyboardEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useMay } from '../components/allowed.tsx';
import { useApi } from '../stores/api.ts';
import { useUi } from '../stores/ui.ts';
import { usePages } from './pages.ts';
import { usePause } from './pause.tsx';

interface Entry {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  run(): void;
}

const maxShown = 12;

/** Everything by its name: pages, accounts, members, keys, recent calls, actions. */
export function Palette() {
  const { t } = useTranslation();
  const { isPaletteOpen, showPalette } = useUi();
  return (
    <Dialog.Root open={isPaletteOpen} onOpenChange={showPalette}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/40" />
        <Dialog.Popup
          aria-label={t('palette.label')}
          className="fixed top-[12vh] left-1/2 z-50 w-[min(36rem,calc(100vw-1.5rem))] -translate-x-1/2 overflow-hidden rounded-2xl border border-line bg-surface text-text shadow-2xl"
        >
          <Finder close={() => showPalette(false)} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Finder({ close }: { readonly close: () => void }) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState('');
  const [chosen, setChosen] = useState(0);
  const list = useId();
  const entries = useEntries()
    .filter(({ name, kind }) => fits(`${name} ${kind}`, wanted))
    .slice(0, maxShown);
  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    close();
    entry.run();
  };
  const onKey = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setChosen((chosen + step + entries.length) % Math.max(1, entries.length));
    }
    if (event.key === 'Enter') run(entries[chosen]);
  };
  return (
    <>
      <input
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={entries[chosen] && `${list}-${chosen}`}
        aria-label={t('palette.label')}
        placeholder={t('palette.placeholder')}
        value={wanted}
        onChange={({ target }) => {
          setWanted(target.value);
          setChosen(0);
        }}
        onKeyDown={onKey}
        className="w-full border-line border-b bg-transparent px-5 py-4 text-base outline-none placeholder:text-muted"
      />
      <div id={list} role="listbox" aria-label={t('palette.label')} className="max-h-[50vh] overflow-y-auto p-2">
        {entries.map((entry, index) => (
          <div
            key={entry.id}
            id={`${list}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            onClick={() => run(entry)}
            onKeyDown={onKey}
            onPointerMove={() => setChosen(index)}
            className={`flex min-h-9 cursor-default items-center gap-3 rounded-lg px-3 ${index === chosen ? 'bg-soft text-accent' : ''}`}
          >
            <span className="min-w-0 flex-1 truncate">{entry.name}</span>
            <span className="text-muted text-xs">{entry.kind}</span>
          </div>
        ))}
        {entries.length === 0 && <p className="px-3 py-2 text-muted">{t('palette.nothing', { text: wanted })}</p>}
      </div>
    </>
  );
}

function useEntries(): readonly Entry[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { toggleMask, showHelp, setTheme } = useUi();
  const paused = usePause();
  const may = useMay();
  const accounts = useApi('listAccounts', {}, { every: false }).value ?? [];
  const members = useApi('listMembers', {}, { every: false }).value ?? [];
  const keys = useApi('listKeys', {}, { every: false }).value ?? [];
  const calls = useApi('listUsage', { limit: 50 }, { every: false }).value ?? [];
  const to = (path: string) => () => void navigate(path);
  return [
    ...usePages().map(({ id, path }) => ({ id, kind: t('palette.page'), name: t(`nav.${id}`), run: to(path) })),
    ...teamTabs.map((tab) => ({
      ...{ id: tab, kind: t('palette.page'), name: t(`team.tab-${tab}`), run: to(`/team?tab=${tab}`) },
    })),
    ...accounts.map(({ id, name }) => ({ id, kind: t('palette.account'), name, run: to(`/accounts?id=${id}`) })),
    ...members.map(({ id, name }) => ({
      ...{ id, kind: t('palette.member'), name, run: to(`/team?tab=members&id=${id}`) },
    })),
    ...keys.map(({ id, name }) => ({ id, kind: t('palette.key'), name, run: to(`/team?tab=keys&id=${id}`) })),
    ...calls.map(({ requestId: id, model }) => ({
      id,
      kind: t('palette.call'),
      name: `${id} ${model}`,
      run: to(`/live?id=${id}`),
    })),
    ...(paused?.toggle
      ? [
          {
            ...{ id: 'pause', kind: t('palette.action'), run: paused.toggle },
            name: t(paused.isPaused ? 'pause.resume' : 'pause.pause'),
          },
        ]
      : []),
    ...(may('changeSharing')
      ? [{ id: 'share', kind: t('palette.action'), name: t('palette.share'), run: to('/team?tab=sharing') }]
      : []),
    { id: 'mask', kind: t('palette.action'), name: t('nav.mask'), run: toggleMask },
    { id: 'help', kind: t('palette.action'), name: t('help.heading'), run: () => showHelp(true) },
    ...(['light', 'dark', 'system'] as const).map((theme) => ({
      ...{ id: theme, kind: t('palette.action'), name: `${t('nav.theme')}: ${t(`theme.${theme}`)}` },
      run: () => setTheme(theme),
    })),
  ];
}

const teamTabs = ['sharing', 'members', 'keys', 'plans', 'activity'] as const;

/** Every word of it, in any order. */
function fits(text: string, wanted: string): boolean {
  const lower = text.toLowerCase();
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => lower.includes(word));
}
