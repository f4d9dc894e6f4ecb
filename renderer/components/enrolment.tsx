import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { renderSVG } from 'uqr';
import { Button } from './button.tsx';
import { CommandLine } from './command-line.tsx';
import { Field, TextInput } from './field.tsx';

interface Props {
  readonly secret: string;
  readonly address: string;
  onCode(code: string): void;
}

/** What an authenticator is told, and what it shows then. As a picture: the page's policy allows no styles in what is drawn. */
export function Enrolment({ secret, address, onCode }: Props) {
  const { t } = useTranslation();
  const [code, setCode] = useState('');
  const picture = `data:image/svg+xml,${encodeURIComponent(renderSVG(address))}`;
  const send = (event: FormEvent) => {
    event.preventDefault();
    onCode(code);
  };
  return (
    <>
      <p>{t('factor.scan')}</p>
      <img src={picture} alt={t('factor.scan')} className="size-44 rounded-lg bg-white" />
      <CommandLine text={secret} />
      <form onSubmit={send} className="flex flex-col gap-3">
        <Field label={t('factor.code')}>
          {(ids) => (
            <TextInput
              {...ids}
              inputMode="numeric"
              autoComplete="one-time-code"
              required
              value={code}
              onChange={({ target }) => setCode(target.value)}
            />
          )}
        </Field>
        <Button type="submit" look="primary" className="self-start">
          {t('factor.confirm')}
        </Button>
      </form>
    </>
  );
}

/** Told once. */
export function RecoveryCodes({ codes }: { readonly codes: readonly string[] }) {
  const { t } = useTranslation();
  return (
    <div role="status" className="flex w-full flex-col gap-2">
      <p>{t('factor.recovery')}</p>
      <CommandLine text={codes.join('\n')} />
    </div>
  );
}
