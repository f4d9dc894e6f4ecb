import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { CommandLine } from '../../components/command-line.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { type Answer, useApi } from '../../stores/api.ts';
import { type Connection, isConnected } from '../connections/connection.ts';
import { AtLogin } from './at-login.tsx';
import { commands } from './commands.ts';
import { FirstCall } from './first-call.tsx';
import { SendTest } from './send-test.tsx';
import { StepFrame } from './step-frame.tsx';

interface Props {
  readonly connections: readonly Connection[];
  readonly calls: Answer<Output<'listCalls'>>;
  onTools(): void;
  onLeave(): void;
}

/** What to type; then the page listens, and shows the way that the first call took. */
export function TryStep({ connections, calls, onTools, onLeave }: Props) {
  const { t } = useTranslation();
  const [isTested, setTested] = useState(false);
  const [last] = calls.value?.calls ?? [];
  const [first, setFirst] = useState<string>();
  useEffect(() => {
    // A tool asks several things at once: the first that succeeds stays.
    if (last?.status === 'completed') setFirst((before) => before ?? last.requestId);
  }, [last]);
  const shown = first ?? last?.requestId;
  const isWorking = first !== undefined || isTested;
  return (
    <StepFrame title={t('first-run.try')} note={t('first-run.tryNote')}>
      <Commands tools={connections.filter(isConnected)} onTools={onTools} />
      <Listening isWorking={isWorking} hasFailed={shown !== undefined && !isWorking} />
      {shown !== undefined && <FirstCall key={shown} requestId={shown} />}
      {isWorking && <AtLogin />}
      {!isWorking && <SendTest onAnswered={() => setTested(true)} />}
      <div className="flex justify-end">
        <Button look={isWorking ? 'primary' : 'quiet'} onClick={onLeave}>
          {t(isWorking ? 'first-run.home' : 'first-run.skip')}
        </Button>
      </div>
    </StepFrame>
  );
}

function Commands({ tools, onTools }: { readonly tools: readonly Connection[]; readonly onTools: () => void }) {
  const { t } = useTranslation();
  if (tools.length === 0) {
    return (
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <p className="min-w-0 flex-1 basis-60">{t('first-run.noneConnected')}</p>
        <Button onClick={onTools}>{t('first-run.toTools')}</Button>
        <Link to="/connections" className="inline-flex min-h-8 items-center text-accent underline">
          {t('first-run.byHand')}
        </Link>
      </div>
    );
  }
  return (
    <ul className="flex flex-col gap-2">
      {tools.map(({ tool, name }) => {
        const command = commands[tool];
        return (
          <li key={tool} className="flex flex-col gap-1">
            <span className="font-medium">{name}</span>
            {command === undefined ? (
              <p className="text-muted">{t('first-run.askThere', { name })}</p>
            ) : (
              <CommandLine text={command} />
            )}
          </li>
        );
      })}
    </ul>
  );
}

function Listening({ isWorking, hasFailed }: { readonly isWorking: boolean; readonly hasFailed: boolean }) {
  const { t } = useTranslation();
  const [running] = useApi('listRunningCalls', {}).value ?? [];
  return (
    <p role="status" className={`flex items-baseline gap-2 ${isWorking ? 'font-semibold text-[0.9375rem]' : ''}`}>
      <StateMark tone={isWorking ? 'good' : hasFailed ? 'bad' : 'quiet'} />
      {isWorking && t('first-run.working')}
      {!isWorking && running && t('first-run.arrived', { model: running.model })}
      {!isWorking && !running && t(hasFailed ? 'first-run.failed' : 'first-run.waiting')}
    </p>
  );
}
