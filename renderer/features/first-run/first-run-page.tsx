import { Check } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useSearchParams } from 'react-router';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { PageHeading } from '../../components/page-heading.tsx';
import type { Loadable } from '../../components/panel.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { type Answer, useApi } from '../../stores/api.ts';
import { useUi } from '../../stores/ui.ts';
import { isConnected } from '../connections/connection.ts';
import { SourceStep } from './source-step.tsx';
import { isDone, nextStep, type Progress, type Step, steps, toStep } from './steps.ts';
import { ToolsStep } from './tools-step.tsx';
import { TryStep } from './try-step.tsx';

/** From nothing to a first call in three steps. What is done is read from what exists, so it can be left at any time. */
export function FirstRunPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const status = useApi('status', {});
  const connections = useApi('listConnections', {});
  const calls = useApi('listCalls', { limit: 1 });
  const closeFirstRun = useUi((ui) => ui.closeFirstRun);
  const leave = () => {
    closeFirstRun();
    void navigate('/');
  };
  const progress = {
    hasAccount: (status.value?.accounts.total ?? 0) > 0,
    hasTool: connections.value?.some(isConnected) ?? false,
    hasCall: calls.value?.calls.some((call) => call.status === 'completed') ?? false,
  };
  // Without an account nothing else has to be known: tools take a while to be found.
  const isKnown = !progress.hasAccount || (isSettled(connections) && isSettled(calls));
  const [step, go] = useStep(status.value && isKnown ? nextStep(progress) : undefined);
  return (
    <>
      <PageHeading title={t('first-run.title')} note={t('first-run.note')}>
        <Button look="quiet" onClick={leave}>
          {t('first-run.later')}
        </Button>
      </PageHeading>
      {status.value && (
        <p className="flex flex-wrap items-baseline gap-x-2 text-muted">
          <StateMark tone={status.value.state === 'running' ? 'good' : 'caution'} />
          <span>{t(`status.${status.value.state}`)}</span>
          <code className="font-mono text-xs">{status.value.url ?? location.origin}</code>
        </p>
      )}
      <StepList step={step} progress={progress} onGo={go} />
      {!status.value && status.failure ? (
        <FailureNotice failure={status.failure} onRetry={() => void status.refresh()} />
      ) : (
        <Chosen step={step} total={status.value?.accounts.total} {...{ connections, calls, go, leave }} />
      )}
    </>
  );
}

interface ChosenProps {
  readonly step: Step | undefined;
  /** Accounts there are; undefined until that is known. */
  readonly total: number | undefined;
  readonly connections: Answer<Output<'listConnections'>>;
  readonly calls: Answer<Output<'listCalls'>>;
  go(step: Step): void;
  leave(): void;
}

function Chosen({ step, total, connections, calls, go, leave }: ChosenProps) {
  if (total === undefined || step === undefined) return <Skeleton />;
  if (step === 'source') return <SourceStep total={total} onDone={() => go('tools')} />;
  if (step === 'tools') return <ToolsStep resource={connections} onDone={() => go('try')} />;
  return <TryStep connections={connections.value ?? []} calls={calls} onTools={() => go('tools')} onLeave={leave} />;
}

/** Kept in the address: a step that gets done does not go away under somebody's hands. */
function useStep(next: Step | undefined): readonly [Step | undefined, (step: Step) => void] {
  const [search, setSearch] = useSearchParams();
  const step = toStep(search.get('step'));
  useEffect(() => {
    if (step === undefined && next !== undefined) setSearch({ step: next }, { replace: true });
  }, [step, next, setSearch]);
  return [step, (chosen) => setSearch({ step: chosen })];
}

function isSettled({ value, failure }: Loadable): boolean {
  return value !== undefined || failure !== undefined;
}

interface StepListProps {
  readonly step: Step | undefined;
  readonly progress: Progress;
  onGo(step: Step): void;
}

function StepList({ step, progress, onGo }: StepListProps) {
  const { t } = useTranslation();
  return (
    <ol aria-label={t('first-run.steps')} className="flex flex-col gap-2 sm:flex-row">
      {steps.map((one, index) => {
        const done = isDone(one, progress);
        const isHere = one === step;
        return (
          <li key={one} className="flex-1">
            <button
              type="button"
              aria-current={isHere ? 'step' : undefined}
              onClick={() => onGo(one)}
              className={`flex min-h-10 w-full items-center gap-2.5 rounded-xl border px-3 py-2 text-left font-medium ${isHere ? 'border-accent bg-soft text-accent' : 'border-line bg-surface hover:border-edge'}`}
            >
              <span
                aria-hidden="true"
                className="inline-flex size-6 shrink-0 items-center justify-center rounded-full border border-edge bg-surface text-text text-xs"
              >
                {done ? <Check className="size-3.5" /> : index + 1}
              </span>
              <span className="min-w-0 flex-1">
                {t(`first-run.${one}`)}
                {done && <span className="sr-only"> {t('setup.done')}</span>}
              </span>
            </button>
          </li>
        );
      })}
    </ol>
  );
}
