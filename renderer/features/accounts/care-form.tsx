import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Account } from '../../components/account-state.tsx';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Form, FormSelect, FormSwitch, FormText } from '../../components/form.tsx';
import { type Change, useChange } from '../../stores/api.ts';

const sharings = ['shared', 'dedicated', 'only-me'] as const;
const minuteMs = 60_000;
const tests = [0, 15, 60, 360, 1_440] as const;

interface Stop {
  readonly window: string;
  readonly percent: string;
}

/** Whom it serves, how many at a time, until when, and what of its limits is kept back. */
export function CareForm({ account }: { readonly account: Account }) {
  const { t } = useTranslation();
  const change = useChange('updateAccount', ['listAccounts']);
  return (
    <>
      <CareFields
        // What is changed elsewhere begins the form anew.
        key={JSON.stringify(account.care)}
        account={account}
        change={change}
      />
      {change.result && !change.failure && <p role="status">{t('accounts.saved')}</p>}
      {change.failure && <FailureNotice failure={change.failure} onRetry={change.forget} />}
    </>
  );
}

interface FieldsProps {
  readonly account: Account;
  readonly change: Change<'updateAccount'>;
}

function CareFields({ account, change }: FieldsProps) {
  const { t } = useTranslation();
  const { id, care, subscription } = account;
  const form = useForm({ defaultValues: begin(account) });
  const save = (typed: ReturnType<typeof begin>) => {
    const shares = subscription ? { isShared: typed.isShared } : {};
    void change.run({ id, care: careOf(typed), ...shares }).catch(() => undefined);
  };
  const percent = { validate: (value: unknown) => isIn(value, 100) || t('form.between', { min: 1, max: 100 }) };
  const many = { validate: (value: unknown) => isIn(value, 10_000) || t('form.between', { min: 1, max: 10_000 }) };
  const minutes = testMinutesOf(care.testEveryMs);
  const offered = tests.some((one) => one === minutes) ? tests : [...tests, minutes];
  return (
    <Form form={form} onSubmit={save}>
      <FormSelect
        name="sharing"
        label={t('accounts.sharing')}
        options={sharings.map((value) => ({ value, text: t(`accounts.sharing-${value}`) }))}
      />
      {subscription && <FormSwitch name="isShared" label={t('accounts.elsewhere')} hint={t('accounts.sharingTerms')} />}
      <FormText
        name="maxConcurrent"
        type="number"
        label={t('accounts.maxConcurrent')}
        hint={t('accounts.mayBeEmpty')}
        rules={many}
        min={1}
        max={10_000}
      />
      <fieldset className="flex flex-col gap-3">
        <legend className="mb-1 font-medium">{t('accounts.stopAt')}</legend>
        <p className="text-muted text-xs">{t('accounts.stopAtHint')}</p>
        <div className="grid gap-3 sm:grid-cols-2">
          {form.getValues('stops').map(({ window }, index) => (
            <FormText
              key={window}
              name={`stops.${index}.percent`}
              type="number"
              label={window === '*' ? t('accounts.everyWindow') : window}
              rules={percent}
              min={1}
              max={100}
            />
          ))}
        </div>
      </fieldset>
      <FormText
        name="reservePercent"
        type="number"
        label={t('accounts.reserve')}
        hint={t('accounts.reserveHint')}
        rules={percent}
        min={1}
        max={100}
      />
      <FormText name="expiresAt" type="datetime-local" label={t('accounts.expires')} hint={t('accounts.mayBeEmpty')} />
      <FormSelect
        name="testMinutes"
        label={t('accounts.testEvery')}
        hint={t('accounts.testEveryHint')}
        options={offered.map((value) => ({
          value: String(value),
          text: value === 0 ? t('accounts.testNever') : t('accounts.testMinutes', { count: value }),
        }))}
      />
      <Button type="submit" look="primary" className="self-start" disabled={change.isRunning}>
        {t('action.save')}
      </Button>
    </Form>
  );
}

function begin({ care, limits, subscription }: Account) {
  const windows = new Set(['*', ...(limits?.windows ?? []).map(({ name }) => name), ...Object.keys(care.stopAt)]);
  return {
    sharing: care.sharing,
    isShared: subscription?.isShared ?? false,
    maxConcurrent: String(care.maxConcurrent ?? ''),
    stops: [...windows].map((window): Stop => ({ window, percent: String(care.stopAt[window] ?? '') })),
    reservePercent: String(care.reservePercent ?? ''),
    expiresAt: care.expiresAt === undefined ? '' : toLocal(care.expiresAt),
    testMinutes: String(testMinutesOf(care.testEveryMs)),
  };
}

/** Empty takes away. */
function careOf(typed: ReturnType<typeof begin>) {
  const number = (text: string) => (text === '' ? null : Number(text));
  const stops = typed.stops.filter(({ percent }) => percent !== '');
  const minutes = Number(typed.testMinutes);
  return {
    sharing: typed.sharing,
    maxConcurrent: number(typed.maxConcurrent),
    stopAt: Object.fromEntries(stops.map(({ window, percent }) => [window, Number(percent)])),
    reservePercent: number(typed.reservePercent),
    expiresAt: typed.expiresAt === '' ? null : new Date(typed.expiresAt).getTime(),
    testEveryMs: minutes === 0 ? null : minutes * minuteMs,
  };
}

function testMinutesOf(everyMs = 0): number {
  return Math.round(everyMs / minuteMs);
}

/** As the browser's own field for a moment wants it: the clock of this place. */
function toLocal(at: number): string {
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * minuteMs).toISOString().slice(0, 16);
}

function isIn(value: unknown, most: number): boolean {
  if (value === '' || value === undefined) return true;
  const number = Number(value);
  return Number.isInteger(number) && number >= 1 && number <= most;
}
