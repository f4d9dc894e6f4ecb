import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Field, Select } from '../../components/field.tsx';
import { useDesktop } from '../../stores/desktop.ts';

const choices = ['hidden', 'visible', 'off'] as const;

/** The last question, in the desktop app alone: whether it is there by itself next time. */
export function AtLogin() {
  const { t } = useTranslation();
  const { state, load, change } = useDesktop();
  useEffect(() => void load(), [load]);
  if (!state) return null;
  return (
    <div className="flex max-w-xs flex-col gap-2">
      {state.canHide && <p>{t('first-run.inTray')}</p>}
      <Field label={t('desktop.loginStart')}>
        {(ids) => (
          <Select
            {...ids}
            value={state.loginStart}
            onChange={({ target }) => {
              const loginStart = choices.find((one) => one === target.value);
              if (loginStart) void change({ loginStart });
            }}
          >
            {choices.map((one) => (
              <option key={one} value={one}>
                {t(`desktop.login.${one}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </div>
  );
}
