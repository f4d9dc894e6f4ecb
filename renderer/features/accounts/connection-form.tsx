import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Account } from '../../components/account-state.tsx';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Form, FormSelect, FormSwitch, FormText, type ValuesOf } from '../../components/form.tsx';
import { beginWith, typedValue } from '../../components/schema-field.ts';
import { SchemaFields } from '../../components/schema-fields.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { formatDuration } from '../../i18n/format.ts';
import { useChange } from '../../stores/api.ts';
import { AccountIssues } from './account-issues.tsx';
import { LocalQuestion, useLocalQuestion } from './local-question.tsx';
import { beginSettings, type ProviderKind, secretFormsOf, secretLine, settingFieldsOf } from './ways.ts';
import { useFieldWords } from './words.ts';

interface Props {
  readonly account: Account;
  readonly provider: ProviderKind;
}

/** Its name, where it is, with what it gets in, and through what. */
export function ConnectionForm({ account, provider }: Props) {
  const { t } = useTranslation();
  const { formOf, ...words } = useFieldWords();
  const change = useChange('updateAccount', ['listAccounts', 'status']);
  const question = useLocalQuestion(change);
  const [isReplacing, setReplacing] = useState(false);
  const forms = secretFormsOf(provider);
  const form = useForm({
    defaultValues: {
      ...{ name: account.name, proxy: '', noProxy: false, secretKind: forms[0]?.kind ?? '' },
      ...{ settings: beginSettings(provider, account.settings), allowLocal: account.allowLocalUpstream },
      secret: beginWith(
        forms.flatMap(({ fields }) => fields),
        null,
      ),
    },
  });
  const kind = form.watch('secretKind');
  const chosen = forms.find((one) => one.kind === kind);
  const save = (typed: ValuesOf<typeof form>) => {
    const patch = {
      ...{ id: account.id, name: typed.name, settings: typedValue(settingFieldsOf(provider), typed.settings) },
      ...(isReplacing && chosen && { secret: secretLine(chosen, typed.secret) }),
      ...(typed.noProxy ? { proxy: null } : typed.proxy !== '' && { proxy: typed.proxy }),
    };
    question.ask((allowLocal) =>
      change.run({ ...patch, allowLocalUpstream: allowLocal || typed.allowLocal }).then(nothing, nothing),
    );
  };
  return (
    <Form form={form} onSubmit={save}>
      <FormText name="name" label={t('accounts.name')} maxLength={64} isRequired />
      <SchemaFields fields={settingFieldsOf(provider)} prefix="settings" {...words} />
      {account.allowLocalUpstream && <FormSwitch name="allowLocal" label={t('accounts.local')} />}
      {forms.length > 0 && !isReplacing && (
        <Button className="self-start" onClick={() => setReplacing(true)}>
          {t('accounts.replaceSecret')}
        </Button>
      )}
      {isReplacing && forms.length > 1 && (
        <FormSelect
          name="secretKind"
          label={t('accounts.credential')}
          options={forms.map((one) => ({ value: one.kind, text: formOf(one.kind, one.title) }))}
        />
      )}
      {isReplacing && chosen && <SchemaFields fields={chosen.fields} prefix="secret" isSecret {...words} />}
      <FormText
        name="proxy"
        label={t('accounts.proxyAddress')}
        hint={t(account.hasProxy ? 'accounts.proxyKept' : 'accounts.proxyHint')}
        placeholder="socks5://127.0.0.1:1080"
      />
      {account.hasProxy && <FormSwitch name="noProxy" label={t('accounts.noProxy')} />}
      {account.hasProxy && <ProxyTest id={account.id} />}
      <AccountIssues change={change} />
      <Button type="submit" look="primary" className="self-start" disabled={change.isRunning}>
        {t('action.save')}
      </Button>
      <LocalQuestion question={question} />
    </Form>
  );
}

/** How far it leads: the proxy, the upstream behind it, and who that is. */
function ProxyTest({ id }: { readonly id: string }) {
  const { t, i18n } = useTranslation();
  const probe = useChange('testAccountProxy', []);
  const { result, failure } = probe;
  return (
    <div className="flex flex-col items-start gap-2">
      <Button needs="testAccountProxy" disabled={probe.isRunning} onClick={() => void probe.run({ id }).catch(nothing)}>
        {t('accounts.testProxy')}
      </Button>
      {result && (
        <div role="status">
          <ol className="flex flex-wrap gap-x-4">
            {result.steps.map(({ phase, ok, ms }) => (
              <li key={phase} className="flex items-baseline gap-2">
                <StateMark tone={ok ? 'good' : 'bad'} />
                {t(`accounts.proxy-${phase}`)} · {formatDuration(ms, i18n.language)}
              </li>
            ))}
          </ol>
          <p className="text-muted">{result.message}</p>
        </div>
      )}
      {failure && <FailureNotice failure={failure} onRetry={probe.forget} />}
    </div>
  );
}

function nothing(): void {
  // The change holds its failure, and the form shows it.
}
