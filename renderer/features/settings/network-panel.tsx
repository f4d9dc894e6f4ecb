import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Allowed } from '../../components/allowed.tsx';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Field, TextInput } from '../../components/field.tsx';
import { Panel } from '../../components/panel.tsx';
import { useApi, useChange } from '../../stores/api.ts';

type Network = Output<'showNetwork'>;

/** Where clients find the relay. */
export function NetworkPanel() {
  const { t } = useTranslation();
  const network = useApi('showNetwork', {});
  const { value } = network;
  const address = value?.url ?? location.origin;
  return (
    <Panel heading={t('computer.listening')} resource={network}>
      {value && (
        <div className="flex flex-col gap-4 px-5 pb-5">
          <dl className="grid gap-x-6 gap-y-2 sm:grid-cols-[12rem_1fr]">
            <dt className="text-muted">{t('settings.address')}</dt>
            <dd className="flex flex-wrap items-center gap-2 break-all">
              {address} <CopyButton text={address} label={t('copy.address')} />
            </dd>
            <dt className="text-muted">{t('computer.furtherNames')}</dt>
            <dd className="break-all">{value.allowedHosts.join(', ') || t('computer.noFurtherNames')}</dd>
          </dl>
          <Allowed to="changePort">
            <PortForm key={value.nextPort} network={value} />
          </Allowed>
        </div>
      )}
    </Panel>
  );
}

function PortForm({ network: { port, nextPort, portFrom } }: { readonly network: Network }) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState(String(nextPort));
  const change = useChange('changePort', ['showNetwork']);
  if (portFrom === 'start') return <p className="max-w-prose text-muted">{t('computer.portFromStart', { port })}</p>;
  const save = (event: FormEvent) => {
    event.preventDefault();
    void change.run({ port: Number(wanted) }).catch(nothing);
  };
  return (
    <form onSubmit={save} className="flex max-w-xl flex-col gap-4">
      <Field label={t('computer.port')} hint={t('computer.portHint')}>
        {(ids) => (
          <TextInput
            {...ids}
            type="number"
            min={1}
            max={65_535}
            required
            value={wanted}
            onChange={({ target }) => setWanted(target.value)}
          />
        )}
      </Field>
      {change.failure && <FailureNotice failure={change.failure} onRetry={change.forget} />}
      {nextPort !== port && <p role="status">{t('computer.portNext', { port: nextPort })}</p>}
      <Button type="submit" className="self-start" disabled={change.isRunning || wanted === String(nextPort)}>
        {t('computer.portKeep')}
      </Button>
    </form>
  );
}

/** The way out of this computer, for accounts that have none of their own. */
export function ProxyPanel() {
  const { t } = useTranslation();
  const network = useApi('showNetwork', {});
  const { value } = network;
  const proxy = value?.proxy ?? null;
  const clear = useChange('clearProxy', ['showNetwork']);
  const test = useChange('testProxy', []);
  return (
    <Panel heading={t('computer.proxy')} resource={network}>
      <div className="flex flex-col gap-4 px-5 pb-5">
        <p className="max-w-prose text-muted">{t('computer.proxyNote')}</p>
        {value && (
          <p className="break-all">
            <ProxyStanding proxy={proxy} />
          </p>
        )}
        <Allowed to="setProxy">
          <ProxyForm />
        </Allowed>
        {clear.failure && <FailureNotice failure={clear.failure} onRetry={clear.forget} />}
        {test.failure && <FailureNotice failure={test.failure} onRetry={test.forget} />}
        {test.result && proxy && (
          <p role="status" className={test.result.ok ? undefined : 'text-bad'}>
            {test.result.message}
          </p>
        )}
        {proxy && (
          <div className="flex flex-wrap gap-2">
            <Button needs="testProxy" disabled={test.isRunning} onClick={() => void test.run({}).catch(nothing)}>
              {t('computer.proxyTest')}
            </Button>
            <Button needs="clearProxy" look="danger" onClick={() => void clear.run({}).catch(nothing)}>
              {t('computer.proxyClear')}
            </Button>
          </div>
        )}
      </div>
    </Panel>
  );
}

function ProxyStanding({ proxy }: Pick<Network, 'proxy'>) {
  const { t } = useTranslation();
  if (proxy === null) return t('computer.proxyNone');
  if (!proxy.isReadable) return t('computer.proxyUnreadable');
  const place = `${proxy.protocol}://${proxy.host}`;
  return proxy.hasPassword
    ? t('computer.proxyInUseSecret', { proxy: place })
    : t('computer.proxyInUse', { proxy: place });
}

function ProxyForm() {
  const { t } = useTranslation();
  const [proxy, setProxy] = useState('');
  const set = useChange('setProxy', ['showNetwork']);
  const save = (event: FormEvent) => {
    event.preventDefault();
    void set.run({ proxy }).then(() => setProxy(''), nothing);
  };
  return (
    <form onSubmit={save} className="flex max-w-xl flex-col gap-4">
      <Field label={t('computer.proxyAddress')} hint={t('computer.proxyHint')}>
        {(ids) => (
          <TextInput
            {...ids}
            autoComplete="off"
            spellCheck={false}
            required
            value={proxy}
            onChange={({ target }) => setProxy(target.value)}
          />
        )}
      </Field>
      {set.failure && <FailureNotice failure={set.failure} onRetry={set.forget} />}
      <Button type="submit" className="self-start" disabled={set.isRunning}>
        {t('computer.proxySet')}
      </Button>
    </form>
  );
}

function nothing(): void {
  // The change holds its failure, and the panel shows it.
}
