import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CommandLine } from '../../components/command-line.tsx';
import { Select } from '../../components/field.tsx';
import { type Access, isPlain, snippetOf } from './snippet-text.ts';
import { type System, systemNames, systems, type Tool, toolNames, tools } from './tools.ts';
import { fetchAuthority } from './trust-commands.ts';

interface Props extends Access {
  /** Of the authority that the tool has to trust first, where the relay encrypts with its own. */
  readonly fingerprint?: string | undefined;
}

/** What to paste where, for each tool and each terminal. */
export function Snippets({ fingerprint, ...given }: Props) {
  const { t } = useTranslation();
  const access = { ...given, hasAuthority: fingerprint !== undefined };
  const [tool, setTool] = useState<Tool>('claude');
  const [system, setSystem] = useState<System>(() => (navigator.userAgent.includes('Windows') ? 'powershell' : 'sh'));
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap gap-2">
        <Select
          aria-label={t('snippets.tool')}
          value={tool}
          onChange={({ target }) => setTool(tools.find((one) => one === target.value) ?? tool)}
          isNarrow
        >
          {tools.map((one) => (
            <option key={one} value={one}>
              {one === 'key' ? t('keys.secretAlone') : toolNames[one]}
            </option>
          ))}
        </Select>
        {!isPlain(tool) && (
          <Select
            aria-label={t('snippets.system')}
            value={system}
            onChange={({ target }) => setSystem(systems.find((one) => one === target.value) ?? system)}
            isNarrow
          >
            {systems.map((one) => (
              <option key={one} value={one}>
                {systemNames[one]}
              </option>
            ))}
          </Select>
        )}
      </div>
      {fingerprint !== undefined && (
        <>
          <p>{t('snippets.trust')}</p>
          <CommandLine text={fetchAuthority(system, access.address)} />
          <p className="break-all font-mono text-xs">{fingerprint}</p>
        </>
      )}
      <CommandLine text={snippetOf(tool, system, access)} />
    </div>
  );
}
