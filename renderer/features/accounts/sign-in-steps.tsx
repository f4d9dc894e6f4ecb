import { ExternalLink } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Input } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Form, FormText } from '../../components/form.tsx';
import { useChange } from '../../stores/api.ts';
import { LocalQuestion, useLocalQuestion } from './local-question.tsx';

interface Props {
  readonly ask: Input<'startLogin'>;
  onDone(): void;
  onBack(): void;
}

const outdated = ['listAccounts', 'status', 'listAttention'] as const;

/** Sends the browser to the provider, and waits for it or for what its page showed. */
export function SignInSteps({ ask, onDone, onBack }: Props) {
  const { t } = useTranslation();
  const start = useChange('startLogin', []);
  const cancel = useChange('cancelLogin', []);
  const question = useLocalQuestion(start);
  const [loginId, setLoginId] = useState<string>();
  const begin = () =>
    question.ask((allowLocal) => {
      const target = 'accountId' in ask.target ? ask.target : { ...ask.target, allowLocalUpstream: allowLocal };
      return start.run({ ...ask, target }).then((started) => setLoginId(started.loginId), nothing);
    });
  // biome-ignore lint/correctness/useExhaustiveDependencies: once
  useEffect(begin, []);
  // A sign-in that nobody waits for holds a port.
  // biome-ignore lint/correctness/useExhaustiveDependencies: for each sign-in that was begun
  useEffect(
    () => () => {
      if (loginId !== undefined) void cancel.run({ loginId }).catch(nothing);
    },
    [loginId],
  );
  const url = start.result?.authorizeUrl;
  return (
    <div className="flex flex-col gap-4">
      {start.failure && !question.isOpen && <FailureNotice failure={start.failure} onRetry={begin} />}
      {loginId !== undefined && url !== undefined && (
        <>
          <p>{t('accounts.signInNote')}</p>
          <div className="flex flex-wrap items-center gap-2">
            <a
              href={url}
              target="_blank"
              rel="noreferrer"
              className="inline-flex min-h-8 items-center gap-1.5 rounded-lg bg-accent px-3 font-medium text-onaccent hover:brightness-110"
            >
              <ExternalLink className="size-4" aria-hidden="true" />
              {t('accounts.openSignIn')}
            </a>
            <CopyButton text={url} label={t('accounts.copySignIn')} />
          </div>
          {ask.way === 'paste' ? (
            <Pasted loginId={loginId} onDone={onDone} />
          ) : (
            <Awaited loginId={loginId} onDone={onDone} />
          )}
        </>
      )}
      <Button look="quiet" className="self-start" onClick={onBack}>
        {t('action.cancel')}
      </Button>
      <LocalQuestion question={question} />
    </div>
  );
}

interface FinishProps {
  readonly loginId: string;
  onDone(): void;
}

/** Asks again and again: each answer takes some seconds while the browser is not back. */
function Awaited({ loginId, onDone }: FinishProps) {
  const { t } = useTranslation();
  const finish = useChange('finishLogin', outdated);
  const [tries, setTries] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: one question after the other
  useEffect(() => {
    let isGone = false;
    void finish.run({ loginId }).then(({ account }) => {
      if (isGone) return;
      if (account) onDone();
      else setTries(tries + 1);
    }, nothing);
    return () => {
      isGone = true;
    };
  }, [loginId, tries]);
  if (finish.failure) return <FailureNotice failure={finish.failure} onRetry={() => setTries(tries + 1)} />;
  return (
    <p role="status" className="text-muted">
      {t('accounts.waiting')}
    </p>
  );
}

function Pasted({ loginId, onDone }: FinishProps) {
  const { t } = useTranslation();
  const finish = useChange('finishLogin', outdated);
  const form = useForm({ defaultValues: { pasted: '' } });
  const save = ({ pasted }: { readonly pasted: string }) =>
    void finish.run({ loginId, pasted }).then(({ account }) => account && onDone(), nothing);
  return (
    <Form form={form} onSubmit={save}>
      <FormText name="pasted" type="password" label={t('accounts.pasted')} hint={t('accounts.pastedHint')} isRequired />
      {finish.failure && <FailureNotice failure={finish.failure} onRetry={finish.forget} />}
      <Button type="submit" look="primary" className="self-end" disabled={finish.isRunning}>
        {t('accounts.finishSignIn')}
      </Button>
    </Form>
  );
}

function nothing(): void {
  // The change holds its failure, and it is shown.
}
