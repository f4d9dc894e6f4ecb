import { useState } from 'react';
import type { Joined, JoinHost } from '../../app/server/join/contract.ts';
import { settingsOf, snippetOf } from '../features/team/snippet-text.ts';
import { type System, systemNames, systems, type Tool, toolNames, tools } from '../features/team/tools.ts';
import { fetchAuthority, removalOf, systemTrust } from '../features/team/trust-commands.ts';
import { type Tested, testKey } from './exchange.ts';
import { bigButton, Card, Choice, CopyBox, plainButton } from './parts.tsx';
import { Password } from './password.tsx';
import type { Say } from './words.ts';

interface Props {
  readonly host: JoinHost;
  readonly joined: Joined;
  readonly say: Say;
}

/** The key, once, and what to do with it. */
export function SetUp({ host, joined, say }: Props) {
  const [system, setSystem] = useState<System>(() => (navigator.userAgent.includes('Windows') ? 'powershell' : 'sh'));
  const address = joined.urls.find((url) => url === location.origin) ?? joined.urls[0] ?? location.origin;
  return (
    <>
      <Card title={say('welcome', { name: joined.memberName })}>
        <p>{say('keyOnce')}</p>
        <CopyBox text={joined.secret} label={say('copyKey')} say={say} />
        {host.encryption === 'plain' && <p className="text-caution">{say('plain')}</p>}
      </Card>
      <Choice<System>
        label={say('system')}
        value={system}
        options={systems.map((one) => [one, systemNames[one]])}
        onChange={setSystem}
      />
      {host.fingerprint !== undefined && (
        <Trust fingerprint={host.fingerprint} address={address} system={system} say={say} />
      )}
      <Tools
        access={{ address, secret: joined.secret, hasAuthority: host.fingerprint !== undefined }}
        system={system}
        say={say}
      />
      <Password secret={joined.secret} say={say} />
    </>
  );
}

interface TrustProps {
  readonly fingerprint: string;
  readonly address: string;
  readonly system: System;
  readonly say: Say;
}

function Trust({ fingerprint, address, system, say }: TrustProps) {
  return (
    <Card title={say('trust')}>
      <p>{say('trustHint')}</p>
      <CopyBox text={fetchAuthority(system, address)} label={say('copyCommand')} say={say} />
      <p>{say('compare')}</p>
      <p className="font-mono text-xs [overflow-wrap:anywhere]">{fingerprint}</p>
      <a className="self-start font-medium text-accent underline" href="/join/ca.pem" download="waystation-ca.pem">
        {say('download')}
      </a>
      <details>
        <summary className="min-h-8 cursor-pointer">{say('trustAll')}</summary>
        <ul className="flex flex-col gap-2 pt-2">
          {systemTrust.map(({ name, command }) => (
            <li key={name} className="flex flex-col gap-1">
              <span className="text-muted">{name}</span>
              <CopyBox text={command} label={say('copyCommand')} say={say} />
            </li>
          ))}
        </ul>
      </details>
    </Card>
  );
}

interface ToolsProps {
  readonly access: { readonly address: string; readonly secret: string; readonly hasAuthority: boolean };
  readonly system: System;
  readonly say: Say;
}

function Tools({ access, system, say }: ToolsProps) {
  const [tool, setTool] = useState<Tool>('claude');
  const names = settingsOf(tool, system, access).map(([name]) => name);
  return (
    <Card title={say(access.hasAuthority ? 'setUp' : 'setUpAlone')}>
      <Choice<Tool>
        label={say('tool')}
        value={tool}
        options={tools.map((one) => [one, one === 'key' ? say('keyAlone') : toolNames[one]])}
        onChange={setTool}
      />
      <CopyBox text={snippetOf(tool, system, access)} label={say('copyCommand')} say={say} />
      <p className="text-muted">{say('forTerminal')}</p>
      <p>
        <span className="text-muted">{say('address')}: </span>
        <span className="font-mono text-xs [overflow-wrap:anywhere]">{access.address}</span>
      </p>
      <Test secret={access.secret} say={say} />
      <a className="self-start font-medium text-accent underline" href="/me/">
        {say('usage')}
      </a>
      {names.length > 0 && (
        <details>
          <summary className="min-h-8 cursor-pointer">{say('remove')}</summary>
          <div className="flex flex-col gap-2 pt-2">
            <p>{say('removeHint')}</p>
            <CopyBox text={removalOf(names, system, access.hasAuthority)} label={say('copyCommand')} say={say} />
          </div>
        </details>
      )}
    </Card>
  );
}

function Test({ secret, say }: { readonly secret: string; readonly say: Say }) {
  const [tested, setTested] = useState<Tested | 'running'>();
  const run = () => {
    setTested('running');
    void testKey(secret).then(setTested);
  };
  return (
    <div className="flex flex-col gap-2">
      <button
        type="button"
        className={tested === undefined ? bigButton : plainButton}
        disabled={tested === 'running'}
        onClick={run}
      >
        {say('test')}
      </button>
      <p
        role="status"
        className={tested !== undefined && tested !== 'running' && 'message' in tested ? 'text-bad' : ''}
      >
        {resultText(tested, say)}
      </p>
    </div>
  );
}

function resultText(tested: Tested | 'running' | undefined, say: Say): string {
  if (tested === undefined) return '';
  if (tested === 'running') return say('testing');
  return 'message' in tested
    ? say('testBad', { message: tested.message })
    : say('testOk', { count: tested.models, ms: tested.ms });
}
