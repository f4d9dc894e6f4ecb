import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { CommandLine } from '../../components/command-line.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { type Answer, useApi, useChange } from '../../stores/api.ts';
import { type Connection, isConnected } from '../connections/connection.ts';
import { isServed } from './served.ts';
import { StepFrame } from './step-frame.tsx';
import { ToolRow } from './tool-row.tsx';

interface Props {
  readonly resource: Answer<Output<'listConnections'>>;
  onDone(): void;
}

/** Tools that were found here, with every line that would change; nothing is written before it is agreed to. */
export function ToolsStep({ resource, onDone }: Props) {
  const { t } = useTranslation();
  const accounts = useApi('listAccounts', {});
  const installed = resource.value?.filter(({ state }) => state !== 'not-installed');
  return (
    <StepFrame title={t('first-run.tools')} note={t('first-run.toolsNote')}>
      {resource.failure && !resource.value && (
        <FailureNotice failure={resource.failure} onRetry={() => void resource.refresh()} />
      )}
      {!resource.failure && !(installed && accounts.value) && <Skeleton />}
      {installed?.length === 0 && <NothingInstalled onAgain={() => void resource.refresh()} />}
      {installed && installed.length > 0 && accounts.value && (
        <Choice tools={installed} isServed={(tool) => isServed(tool, accounts.value ?? [])} onDone={onDone} />
      )}
      {!(installed && installed.length > 0) && <Skip onDone={onDone} />}
    </StepFrame>
  );
}

/** The first one that is worth having; the step goes on without it. */
const install = 'npm install -g @anthropic-ai/claude-code';

function NothingInstalled({ onAgain }: { readonly onAgain: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-col items-start gap-3">
      <p className="max-w-prose">{t('first-run.noTool')}</p>
      <div className="w-full max-w-prose">
        <CommandLine text={install} />
      </div>
      <Button onClick={onAgain}>{t('accounts.lookAgain')}</Button>
    </div>
  );
}

function Skip({ onDone }: { readonly onDone: () => void }) {
  const { t } = useTranslation();
  return (
    <Button look="quiet" className="self-end" onClick={onDone}>
      {t('first-run.skip')}
    </Button>
  );
}

type Tool = Connection['tool'];

interface ChoiceProps {
  readonly tools: readonly Connection[];
  readonly isServed: (tool: Tool) => boolean;
  onDone(): void;
}

function Choice({ tools, isServed: serves, onDone }: ChoiceProps) {
  const { t } = useTranslation();
  const connect = useChange('connectTool', ['listConnections', 'listKeys']);
  const open = tools.filter((one) => !isConnected(one) || one.state === 'drifted');
  const [answers, setAnswers] = useState<ReadonlyMap<Tool, boolean>>(new Map());
  const [plans, setPlans] = useState<ReadonlyMap<Tool, string>>(new Map());
  const [asked, setAsked] = useState<Connection>();
  const [round, setRound] = useState(0);
  const keepPlan = useCallback(
    (tool: Tool, fingerprint: string) => setPlans((before) => new Map(before).set(tool, fingerprint)),
    [],
  );
  // Follows the accounts as they get known, unless somebody chose. What another program changed is not fought over unasked.
  const isTicked = ({ tool, state }: Connection) => answers.get(tool) ?? (state === 'not-connected' && serves(tool));
  const chosen = open.filter(isTicked);
  const isReady = chosen.length > 0 && chosen.every(({ tool }) => plans.has(tool)) && !connect.isRunning;
  const write = async () => {
    for (const one of chosen) {
      setAsked(one);
      const fingerprint = plans.get(one.tool);
      await connect.run({ tool: one.tool, ...(fingerprint !== undefined && { fingerprint }) });
    }
  };
  // A file may have changed since: what would be written is looked at anew.
  const lookAgain = () => {
    connect.forget();
    setPlans(new Map());
    setRound(round + 1);
  };
  const toggle = (one: Connection) => setAnswers(new Map(answers).set(one.tool, !isTicked(one)));
  return (
    <>
      <ul className="flex flex-col gap-3">
        {tools.map((one) =>
          open.includes(one) ? (
            <ToolRow
              key={`${one.tool} ${round}`}
              connection={one}
              isTicked={isTicked(one)}
              isServed={serves(one.tool)}
              onToggle={() => toggle(one)}
              onPlan={keepPlan}
            />
          ) : (
            <li key={one.tool} className="flex items-baseline gap-2 rounded-lg border border-line px-4 py-3">
              <StateMark tone="good" />
              <span className="min-w-0 flex-1 font-medium">{one.name}</span>
              <span className="text-muted">{t('connections.state-connected')}</span>
            </li>
          ),
        )}
      </ul>
      {connect.failure && asked && (
        <div className="flex flex-col gap-2">
          <p className="font-medium">{t('first-run.notConnected', { name: asked.name })}</p>
          <FailureNotice failure={connect.failure} onRetry={lookAgain} />
        </div>
      )}
      <div className="flex flex-wrap items-center justify-end gap-2">
        <p className="min-w-0 flex-1 basis-60 text-muted">{t('connections.backupKept')}</p>
        <Button look="quiet" onClick={onDone}>
          {t(open.length === 0 ? 'first-run.next' : 'first-run.skip')}
        </Button>
        {open.length > 0 && (
          <Button
            needs="connectTool"
            look="primary"
            disabled={!isReady}
            onClick={() => void write().then(onDone, () => undefined)}
          >
            {t('first-run.connect', { count: chosen.length })}
          </Button>
        )}
      </div>
    </>
  );
}
