import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { Field, TextInput } from '../../components/field.tsx';
import { useSession } from '../../stores/session.ts';

const fields = [
  ['name', 'text', 'username'],
  ['password', 'password', 'current-password'],
  ['code', 'text', 'one-time-code'],
] as const;

/** From another computer: who it is, their password, and what their authenticator shows. */
export function MemberSignIn() {
  const { t } = useTranslation();
  const enterAs = useSession((session) => session.enterAs);
  const [given, setGiven] = useState({ name: '', password: '', code: '' });
  const [refusal, setRefusal] = useState<string>();
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setRefusal((await enterAs(given))?.message);
    setGiven((before) => ({ ...before, code: '' }));
  };
  return (
    <main className="mx-auto mt-[12vh] flex w-full max-w-sm flex-col gap-4 px-4">
      <h1 className="font-semibold text-lg">{t('signIn.memberHeading')}</h1>
      <p className="text-muted">{t('signIn.memberNote')}</p>
      <form onSubmit={(event) => void send(event)} className="flex flex-col gap-3">
        {fields.map(([name, type, autoComplete]) => (
          <Field key={name} label={t(`signIn.member-${name}`)} error={name === 'code' ? refusal : undefined}>
            {(ids) => (
              <TextInput
                {...ids}
                {...{ type, autoComplete }}
                required
                value={given[name]}
                onChange={({ target }) => setGiven((before) => ({ ...before, [name]: target.value }))}
              />
            )}
          </Field>
        ))}
        <Button type="submit" look="primary" className="self-start">
          {t('signIn.enter')}
        </Button>
      </form>
    </main>
  );
}
