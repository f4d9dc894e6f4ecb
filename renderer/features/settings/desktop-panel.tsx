import { useEffect, useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { DesktopOutput } from '../../../app/server/admin/contract-desktop.ts';
import { Button } from '../../components/button.tsx';
import { Field, Select } from '../../components/field.tsx';
import { stepOf, useDesktop } from '../../stores/desktop.ts';

type State = DesktopOutput<'show'>;

const loginStarts = ['off', 'hidden', 'visible'] as const;
const closings = ['ask', 'quit', 'minimise'] as const;
const notifications = ['ask', 'on', 'off'] as const;
const quittings = ['restore', 'leave'] as const;

/** What only the desktop app can do; there is nothing of it in a browser. */
export function DesktopPanel() {
  const { t } = useTranslation();
  const { state, load, change, openDataFolder } = useDesktop();
  const heading = useId();
  useEffect(() => void load(), [load]);
  if (!state) return null;
  return (
    <section aria-labelledby={heading} className="rounded-xl border border-line bg-surface px-5 pt-4 pb-5">
      <h2 id={heading} className="font-semibold text-[0.9375rem]">
        {t('desktop.heading')}
      </h2>
      <div className="mt-4 grid max-w-xl gap-4 sm:grid-cols-2">
        <Choice
          {...{ label: t('desktop.loginStart'), value: state.loginStart, values: loginStarts }}
          text={(one) => t(`desktop.login.${one}`)}
          onChoose={(loginStart) => void change({ loginStart })}
        />
        <Choice
          {...{ label: t('desktop.notifications'), value: state.notifications, values: notifications }}
          text={(one) => t(`desktop.notify.${one}`)}
          onChoose={(wanted) => void change({ notifications: wanted })}
        />
        <Choice
          {...{ label: t('desktop.whenQuitting'), value: state.whenQuitting, values: quittings }}
          text={(one) => t(`desktop.quitting.${one}`)}
          onChoose={(whenQuitting) => void change({ whenQuitting })}
        />
        {!state.canHide && (
          <Choice
            {...{
              label: t('desktop.whenClosed'),
              hint: t('desktop.noTray'),
              value: state.whenClosed,
              values: closings,
            }}
            text={(one) => t(`desktop.close.${one}`)}
            onChoose={(whenClosed) => void change({ whenClosed })}
          />
        )}
      </div>
      <div className="mt-4 flex flex-wrap items-center gap-3">
        <Button onClick={() => void openDataFolder()}>{t('desktop.openFolder')}</Button>
        <Update state={state} />
      </div>
    </section>
  );
}

function Update({ state }: { readonly state: State }) {
  const { t } = useTranslation();
  const update = useDesktop((desktop) => desktop.update);
  const step = stepOf(state);
  const version = 'version' in state.update ? state.update.version : '';
  const percent = state.update.kind === 'downloading' ? state.update.share : 0;
  const reason = state.update.kind === 'failed' ? state.update.reason : '';
  return (
    <>
      {step && <Button onClick={() => void update()}>{t(`desktop.${step}`, { version })}</Button>}
      <p role="status" className="text-muted text-xs">
        {state.update.kind === 'off'
          ? t(`desktop.off.${state.update.why}`)
          : t(`desktop.update.${state.update.kind}`, { version, percent, reason })}
      </p>
    </>
  );
}

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly hint?: string;
  readonly value: Value;
  readonly values: readonly Value[];
  text(value: Value): string;
  onChoose(value: Value): void;
}

function Choice<Value extends string>({ label, hint, value, values, text, onChoose }: ChoiceProps<Value>) {
  return (
    <Field label={label} {...(hint === undefined ? {} : { hint })}>
      {(ids) => (
        <Select
          {...ids}
          value={value}
          onChange={({ target }) => onChoose(values.find((one) => one === target.value) ?? value)}
        >
          {values.map((one) => (
            <option key={one} value={one}>
              {text(one)}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
