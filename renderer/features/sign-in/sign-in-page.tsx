import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { CommandLine } from '../../components/command-line.tsx';
import { PasswordField } from '../../components/password-field.tsx';
import { type Refusal, useSession } from '../../stores/session.ts';
import { MemberSignIn } from './member-sign-in.tsx';

const commands: Readonly<Record<Refusal, string>> = {
  none: 'npm run -s cli -- open',
  'link-refused': 'npm run -s cli -- open',
  unreachable: 'npm start',
};

/** How to get in: by a link always, by a password where the owner allows it. */
export function SignInPage() {
  const { t } = useTranslation();
  const { phase, refusal, takesPassword, takesMember, open } = useSession();
  if (takesMember) return <MemberSignIn />;
  const isLocked = phase === 'locked';
  return (
    <main className="mx-auto mt-[12vh] flex w-full max-w-lg flex-col gap-4 px-4">
      <h1 className="font-semibold text-lg">{t(isLocked ? 'signIn.lockedHeading' : 'signIn.heading')}</h1>
      {takesPassword && <PasswordForm />}
      <p className="text-muted">{t(isLocked ? 'signIn.locked' : `signIn.${refusal}`)}</p>
      <CommandLine text={commands[refusal]} />
      {refusal === 'unreachable' && (
        <Button className="self-start" onClick={() => void open()}>
          {t('signIn.retry')}
        </Button>
      )}
    </main>
  );
}

function PasswordForm() {
  const { t } = useTranslation();
  const enter = useSession((session) => session.enter);
  const [password, setPassword] = useState('');
  const [refusal, setRefusal] = useState<string>();
  const send = async (event: FormEvent) => {
    event.preventDefault();
    const failure = await enter(password);
    setRefusal(failure && (failure.kind === 'password-wrong' ? t('signIn.wrong') : failure.message));
  };
  return (
    <form onSubmit={(event) => void send(event)} className="flex flex-col gap-3">
      <PasswordField
        label={t('signIn.password')}
        error={refusal}
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
      />
      <Button type="submit" look="primary" className="self-start">
        {t('signIn.enter')}
      </Button>
    </form>
  );
}
