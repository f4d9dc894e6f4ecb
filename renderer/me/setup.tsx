import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CommandLine } from '../components/command-line.tsx';
import { snippetOf } from '../features/team/snippet-text.ts';
import { fetchAuthority } from '../features/team/trust-commands.ts';

const system = navigator.userAgent.includes('Windows') ? 'powershell' : 'sh';
const tools = [
  ['claude', 'Claude Code'],
  ['codex', 'Codex'],
  ['gemini-cli', 'Gemini CLI'],
] as const;

/** What to paste into a terminal. The key is not known here any more. */
export function Setup() {
  const { t } = useTranslation();
  const [hasAuthority, setHasAuthority] = useState(false);
  useEffect(() => void asksTrust().then(setHasAuthority), []);
  const access = { address: location.origin, secret: 'YOUR_KEY', hasAuthority };
  return (
    <div className="flex flex-col gap-3 px-5 pb-5">
      <p className="text-muted text-xs">{t('mine.setupNote')}</p>
      {hasAuthority && <CommandLine text={fetchAuthority(system, location.origin)} />}
      {tools.map(([tool, name]) => (
        <div key={tool} className="flex flex-col gap-1">
          <h3 className="font-medium text-xs">{name}</h3>
          <CommandLine text={snippetOf(tool, system, access)} />
        </div>
      ))}
    </div>
  );
}

/** Whether tools have to trust an authority of this Waystation's own: the join page says so, which only other computers see. */
async function asksTrust(): Promise<boolean> {
  if (location.protocol !== 'https:') return false;
  try {
    const host: unknown = await (await fetch('/join/host')).json();
    return typeof host === 'object' && host !== null && 'fingerprint' in host;
  } catch {
    return false;
  }
}
