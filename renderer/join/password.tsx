import { type FormEvent, useState } from 'react';
import { type Refusal, setPassword } from './exchange.ts';
import { Card, plainButton } from './parts.tsx';
import type { Say } from './words.ts';

/** For the page of one's own usage; whoever does not want one signs in there with the key. */
export function Password({ secret, say }: { readonly secret: string; readonly say: Say }) {
  const [password, setText] = useState('');
  const [outcome, setOutcome] = useState<'set' | { readonly refusal: Refusal }>();
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setOutcome(await setPassword(secret, password));
  };
  if (outcome === 'set') return <p role="status">{say('passwordSet')}</p>;
  return (
    <Card title={say('password')}>
      <form onSubmit={(event) => void send(event)} className="flex flex-col gap-3">
        <label htmlFor="password">{say('passwordHint')}</label>
        <input
          id="password"
          type="password"
          autoComplete="new-password"
          required
          minLength={10}
          value={password}
          onChange={({ target }) => setText(target.value)}
          className="min-h-11 min-w-0 rounded-lg border border-edge bg-surface px-3"
        />
        {outcome && (
          <p role="alert" className="text-bad">
            {outcome.refusal === undefined ? say('unreachable') : say('passwordRefused')}
          </p>
        )}
        <button type="submit" className={plainButton}>
          {say('setPassword')}
        </button>
      </form>
    </Card>
  );
}
