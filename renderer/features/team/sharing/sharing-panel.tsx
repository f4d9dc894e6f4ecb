import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../../app/server/admin/contract.ts';
import { Button } from '../../../components/button.tsx';
import { CommandLine } from '../../../components/command-line.tsx';
import { CopyButton } from '../../../components/copy-button.tsx';
import { ConfirmDialog } from '../../../components/dialog.tsx';
import { EmptyState } from '../../../components/empty-state.tsx';
import { FailureNotice } from '../../../components/failure-notice.tsx';
import { Panel } from '../../../components/panel.tsx';
import { StateMark, type Tone } from '../../../components/state-mark.tsx';
import { useApi, useChange } from '../../../stores/api.ts';
import { FactList } from '../fact-list.tsx';
import { firewallCommands } from './firewall.ts';
import { SharingDialog } from './sharing-dialog.tsx';

type Sharing = Output<'showSharing'>;

/** Whether others reach this Waystation, where, and how. */
export function SharingPanel() {
  const { t } = useTranslation();
  const sharing = useApi('showSharing', {});
  const [isEditing, setEditing] = useState(false);
  const { value } = sharing;
  return (
    <Panel heading={t('sharing.heading')} note={value?.isOn ? t('sharing.keysNote') : undefined} resource={sharing}>
      {value && !value.isOn && (
        <EmptyState text={t(value.isUnreadable ? 'sharing.unreadable' : 'sharing.off')}>
          <Button needs="changeSharing" look="primary" onClick={() => setEditing(true)}>
            {t('sharing.turnOn')}
          </Button>
        </EmptyState>
      )}
      {value?.isOn && <Standing sharing={value} onEdit={() => setEditing(true)} />}
      {value && isEditing && <SharingDialog sharing={value} onClose={() => setEditing(false)} />}
    </Panel>
  );
}

const tones: Readonly<Record<Sharing['standings'][number]['state'], Tone>> = {
  listening: 'good',
  absent: 'quiet',
  failed: 'bad',
};

function Standing({ sharing, onEdit }: { readonly sharing: Sharing; onEdit(): void }) {
  const { t } = useTranslation();
  const [isEnding, setEnding] = useState(false);
  const change = useChange('changeSharing', ['showSharing', 'listAudit']);
  const { encryption, publicUrl, proxies, authority, localName, localNameProblem } = sharing;
  const isOwn = encryption === 'own-authority';
  return (
    <div className="flex flex-col gap-4 px-5 pt-1 pb-5">
      <ul className="flex flex-col gap-2">
        {sharing.standings.map(({ address, state, url, problem }) => (
          <li key={address} className="flex min-w-0 flex-wrap items-center gap-2">
            <StateMark tone={tones[state]} />
            <span className="break-all font-mono text-[0.8125rem]">{url ?? address}</span>
            <span className="min-w-0 text-muted">{problem ?? t(`sharing.state-${state}`)}</span>
            {url !== undefined && <CopyButton text={url} label={t('sharing.copyAddress')} />}
          </li>
        ))}
      </ul>
      <FactList
        facts={[
          [t('sharing.encryption'), t(`sharing.encryption-${encryption}`)],
          ...(isOwn && authority ? [[t('sharing.fingerprint'), authority.fingerprint] as const] : []),
          ...(publicUrl === undefined ? [] : [[t('sharing.publicUrl'), publicUrl] as const]),
          ...(localName === undefined
            ? []
            : [[t('sharing.localName'), localNameProblem ?? `${localName}.local`] as const]),
          ...(encryption === 'proxy' ? [[t('sharing.proxies'), proxies.join(', ')] as const] : []),
        ]}
      />
      {encryption === 'plain' && <p className="text-caution">{t('sharing.plainWarning')}</p>}
      <Reachability sharing={sharing} />
      <div className="flex flex-wrap gap-2">
        <Button needs="changeSharing" onClick={onEdit}>
          {t('sharing.change')}
        </Button>
        <Button needs="changeSharing" look="danger" onClick={() => setEnding(true)}>
          {t('sharing.turnOff')}
        </Button>
      </div>
      {change.failure && <FailureNotice failure={change.failure} onRetry={change.forget} />}
      <ConfirmDialog
        isOpen={isEnding}
        title={t('sharing.offTitle')}
        note={t('sharing.offNote')}
        action={t('sharing.turnOff')}
        onClose={() => setEnding(false)}
        onConfirm={() => {
          setEnding(false);
          void change.run({ isOn: false }).catch(() => undefined);
        }}
      />
    </div>
  );
}

/** The relay goes to its own addresses; what a firewall keeps from others it cannot see, so it says where to look. */
function Reachability({ sharing }: { readonly sharing: Sharing }) {
  const { t } = useTranslation();
  const check = useChange('checkSharing', []);
  const found = check.isRunning ? undefined : check.result;
  const port = sharing.standings.find((one) => one.port !== undefined)?.port ?? sharing.port;
  return (
    <div className="flex flex-col gap-2">
      <Button
        needs="checkSharing"
        className="self-start"
        disabled={check.isRunning}
        onClick={() => void check.run({}).catch(() => undefined)}
      >
        {t(check.isRunning ? 'sharing.testing' : 'sharing.test')}
      </Button>
      <ul role="status" className="flex flex-col gap-1">
        {found?.checks.map(({ url, isReachable, ms, problem }) => (
          <li key={url} className="flex flex-wrap items-center gap-2">
            <StateMark tone={isReachable ? 'good' : 'bad'} />
            <span className="break-all font-mono text-[0.8125rem]">{url}</span>
            <span>{isReachable ? t('sharing.reached', { ms }) : t('sharing.notReached', { problem })}</span>
          </li>
        ))}
      </ul>
      {check.failure && <FailureNotice failure={check.failure} onRetry={check.forget} />}
      {found && found.platform !== 'other' && (
        <>
          <p className="text-muted">{t('sharing.firewall')}</p>
          {firewallCommands(found.platform, port).map((command) => (
            <CommandLine key={command} text={command} />
          ))}
        </>
      )}
    </div>
  );
}
