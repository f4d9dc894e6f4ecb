import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../app/server/admin/contract.ts';
import { Button } from './button.tsx';
import { FailureNotice } from './failure-notice.tsx';
import { Form, FormText } from './form.tsx';
import { Masked } from './masked.tsx';
import type { Loadable } from './panel.tsx';
import { StateMark } from './state-mark.tsx';

type Tested = Output<'testModel'>;

interface Props {
  /** The name that is looked at; empty before the first. */
  readonly asked: string;
  readonly tested: Loadable & { readonly value: Tested | undefined };
  /** Of one account alone. */
  readonly only?: string;
  readonly names?: ReadonlyMap<string, string>;
  onAsk(model: string): void;
}

/** What a name comes to, and who would serve it. */
export function ModelTester({ asked, tested, only, names, onAsk }: Props) {
  const { t } = useTranslation();
  const form = useForm({ defaultValues: { model: asked } });
  const { value, failure } = tested;
  return (
    <div className="flex flex-col gap-3">
      <Form
        form={form}
        className="grid grid-cols-[1fr_auto] items-start gap-2"
        onSubmit={({ model }) => onAsk(model.trim())}
      >
        <FormText name="model" label={t('tester.model')} placeholder="claude-sonnet-4-5" isRequired />
        <Button type="submit" className="mt-6 min-h-9">
          {t('tester.try')}
        </Button>
      </Form>
      {failure && <FailureNotice failure={failure} onRetry={() => void tested.refresh()} />}
      {value && <Outcome tested={value} only={only} names={names} />}
    </div>
  );
}

interface OutcomeProps {
  readonly tested: Tested;
  readonly only: string | undefined;
  readonly names: ReadonlyMap<string, string> | undefined;
}

function Outcome({ tested: { asked, model, via, accounts }, only, names }: OutcomeProps) {
  const { t } = useTranslation();
  const shown = accounts.filter(({ accountId }) => only === undefined || accountId === only);
  const steps = [asked, ...via.map(({ target }) => target)].filter((one, index, all) => one !== all[index - 1]);
  return (
    <div role="status" className="flex flex-col gap-2">
      <p className="break-words font-mono text-xs">{steps.length > 1 ? steps.join(' → ') : model}</p>
      {shown.length === 0 && <p className="text-muted">{t('tester.nobody')}</p>}
      <ul className="flex flex-col gap-1">
        {shown.map(({ accountId, serves, skipped }) => (
          <li key={accountId} className="flex items-baseline gap-2">
            <StateMark tone={serves.length > 0 ? 'good' : 'quiet'} />
            <span className="min-w-0">
              {only === undefined && <Masked text={names?.get(accountId) ?? accountId} />}{' '}
              <span className="break-words text-muted">
                {serves.length > 0 ? <Upstream serves={serves} /> : (skipped ?? t('tester.notServed'))}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Upstream({ serves }: { readonly serves: Tested['accounts'][number]['serves'] }) {
  const { t } = useTranslation();
  const upstream = [...new Set(serves.map(({ upstreamModel }) => upstreamModel))].join(', ');
  return t('tester.serves', { model: upstream, protocols: serves.map(({ protocol }) => protocol).join(', ') });
}
