import { useId } from 'react';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Form } from '../../components/form.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { useApi, useChange } from '../../stores/api.ts';
import { Decision } from './decision.tsx';
import { changesOf, noQuestion, type Question, toReplay, toSimulation } from './question.ts';
import { QuestionFields } from './question-fields.tsx';
import { ReplayOutcome } from './replay-outcome.tsx';

const dayMs = 86_400_000;

/** Asks the scheduler itself what it would do: with one call, or with all of the last day. */
export function SimulatorPanel() {
  const { t } = useTranslation();
  const heading = useId();
  const accounts = useApi('listAccounts', {}).value;
  return (
    <section
      aria-labelledby={heading}
      className="flex flex-col gap-4 rounded-xl border border-line bg-surface px-5 pt-4 pb-5"
    >
      <div>
        <h2 id={heading} className="font-semibold text-[0.9375rem]">
          {t('routing.simulator')}
        </h2>
        <p className="text-muted text-xs">{t('routing.simulatorNote')}</p>
      </div>
      {accounts ? (
        <Simulator
          // Another account is another row of the question.
          key={accounts.map(({ id, name }) => `${id} ${name}`).join()}
          accounts={accounts}
        />
      ) : (
        <Skeleton />
      )}
    </section>
  );
}

function Simulator({ accounts }: { readonly accounts: Output<'listAccounts'> }) {
  const { t } = useTranslation();
  const simulate = useChange('simulateCall', []);
  const replay = useChange('replayCalls', []);
  const form = useForm<Question>({ defaultValues: { ...noQuestion, accounts: changesOf(accounts) } });
  const run = (question: Question) => {
    replay.forget();
    void simulate.run(toSimulation(question)).catch(nothing);
  };
  const runReplay = () => {
    simulate.forget();
    void replay.run(toReplay(form.getValues(), Date.now() - dayMs)).catch(nothing);
  };
  return (
    <>
      <Form form={form} onSubmit={run}>
        <QuestionFields accounts={accounts} />
        <div className="flex flex-wrap gap-2">
          <Button type="submit" look="primary" disabled={simulate.isRunning}>
            {t('routing.simulate')}
          </Button>
          <Button needs="replayCalls" disabled={replay.isRunning} onClick={runReplay}>
            {t('routing.replay')}
          </Button>
        </div>
      </Form>
      {simulate.failure && <FailureNotice failure={simulate.failure} onRetry={simulate.forget} />}
      {simulate.result && <Decision decided={simulate.result} wait={simulate.result.wait} />}
      {replay.failure && <FailureNotice failure={replay.failure} onRetry={replay.forget} />}
      {replay.result && <ReplayOutcome replayed={replay.result} />}
    </>
  );
}

function nothing(): void {
  // The change holds its failure, and the panel shows it.
}
