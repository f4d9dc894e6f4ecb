import { useState } from 'react';
import { useFieldArray, useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Account } from '../../components/account-state.tsx';
import { Allowed } from '../../components/allowed.tsx';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Form, FormText, type ValuesOf } from '../../components/form.tsx';
import { ModelTester } from '../../components/model-tester.tsx';
import { formatPast } from '../../i18n/format.ts';
import { useApi, useChange } from '../../stores/api.ts';
import { Section } from './section.tsx';

interface Props {
  readonly account: Account;
}

/** Which models it serves, under which names, and a place to try a name. */
export function ModelsTab({ account }: Props) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState('');
  const tested = useApi('testModel', { model: asked }, { isWanted: asked !== '', every: false });
  return (
    <>
      <Allowed to="updateAccount">
        <NamesForm key={JSON.stringify([account.models, account.modelMap])} account={account} />
      </Allowed>
      <Section heading={t('accounts.tryName')}>
        <ModelTester only={account.id} asked={asked} tested={tested} onAsk={setAsked} />
      </Section>
      <Listed id={account.id} />
    </>
  );
}

function NamesForm({ account: { id, models, modelMap } }: Props) {
  const { t } = useTranslation();
  const change = useChange('updateAccount', ['listAccounts', 'listAccountModels', 'listModels', 'testModel']);
  const form = useForm({
    defaultValues: {
      models: models.join('\n'),
      pairs: Object.entries(modelMap).map(([from, to]) => ({ from, to })),
    },
  });
  const pairs = useFieldArray({ control: form.control, name: 'pairs' });
  const save = (typed: ValuesOf<typeof form>) => {
    const patterns = typed.models.split(/[\n,]/).map((one) => one.trim());
    const wanted = typed.pairs.map(({ from, to }) => [from.trim(), to.trim()] as const);
    void change
      .run({ id, models: patterns.filter((one) => one !== ''), modelMap: Object.fromEntries(wanted) })
      .catch(() => undefined);
  };
  return (
    <Form form={form} onSubmit={save}>
      <FormText name="models" rows={3} label={t('accounts.modelPatterns')} hint={t('accounts.modelPatternsHint')} />
      <fieldset className="flex flex-col gap-3">
        <legend className="mb-1 font-medium">{t('accounts.mapping')}</legend>
        {pairs.fields.map((pair, index) => (
          <div key={pair.id} className="grid grid-cols-[1fr_1fr_auto] items-end gap-2">
            <FormText name={`pairs.${index}.from`} label={t('accounts.mapFrom')} isRequired />
            <FormText name={`pairs.${index}.to`} label={t('accounts.mapTo')} isRequired />
            <Button aria-label={t('accounts.removeMap', { number: index + 1 })} onClick={() => pairs.remove(index)}>
              ×
            </Button>
          </div>
        ))}
        <Button className="self-start" onClick={() => pairs.append({ from: '', to: '' })}>
          {t('accounts.addMap')}
        </Button>
      </fieldset>
      {change.failure && <FailureNotice failure={change.failure} onRetry={change.forget} />}
      <Button type="submit" look="primary" className="self-start" disabled={change.isRunning}>
        {t('action.save')}
      </Button>
    </Form>
  );
}

/** What its upstream told of its models. */
function Listed({ id }: { readonly id: string }) {
  const { t, i18n } = useTranslation();
  const models = useApi('listAccountModels', { id }, { every: false });
  const refresh = useChange('refreshAccountModels', ['listAccountModels', 'listModels']);
  const known = models.value;
  if (!known?.canList) return null;
  const { fetchedAt, listed } = known;
  return (
    <Section heading={t('accounts.listed')}>
      <p className="text-muted">
        {fetchedAt === null
          ? t('accounts.neverListed')
          : t('accounts.listedAt', { count: listed.length, time: formatPast(fetchedAt, i18n.language, Date.now()) })}
      </p>
      <Button
        needs="refreshAccountModels"
        className="self-start"
        disabled={refresh.isRunning}
        onClick={() => void refresh.run({ id }).catch(() => undefined)}
      >
        {t('accounts.fetchModels')}
      </Button>
      {refresh.failure && <FailureNotice failure={refresh.failure} onRetry={refresh.forget} />}
      <ul className="flex flex-wrap gap-1">
        {listed.map((model) => (
          <li key={model.id} className="rounded bg-sunken px-2 py-0.5 font-mono text-xs">
            {model.id}
          </li>
        ))}
      </ul>
    </Section>
  );
}
