import { type FormEvent, useEffect, useState } from 'react';
import { appLink, inviteLink, type Joined, type JoinFragment, type JoinHost } from '../../app/server/join/contract.ts';
import { askHost, exchange, type Proof } from './exchange.ts';
import { bigButton, Card, Choice, CopyBox, Notice } from './parts.tsx';
import { SetUp } from './set-up.tsx';
import { type Language, languageFor, languages, refusalText, type Say, sayIn } from './words.ts';

const languageList = [
  ['en', languages.en],
  ['zh-CN', languages['zh-CN']],
  ['ja', languages.ja],
] as const;

/** What an invited person does: bring the invite, get the key, set up a tool. */
export function JoinPage({ invite }: { readonly invite: JoinFragment | undefined }) {
  const [language, setLanguage] = useState<Language>(() => languageFor(navigator.languages));
  const [host, setHost] = useState<JoinHost | 'lost'>();
  const [joined, setJoined] = useState<Joined>();
  const say = sayIn(language);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  useEffect(() => {
    void askHost().then((found) => setHost(found ?? 'lost'));
  }, []);
  return (
    <main className="mx-auto flex max-w-xl flex-col gap-4 p-4">
      <header className="flex flex-wrap items-end justify-between gap-2">
        <h1 className="font-semibold text-xl">{say('title')}</h1>
        <Choice<Language> label={say('language')} value={language} options={languageList} onChange={setLanguage} />
      </header>
      {host === 'lost' && <Notice title={say('failed')} text={say('unreachable')} />}
      {host !== undefined && host !== 'lost' && !joined && (
        <Entrance host={host} invite={invite} language={language} onJoined={setJoined} say={say} />
      )}
      {host !== undefined && host !== 'lost' && joined && <SetUp host={host} joined={joined} say={say} />}
    </main>
  );
}

interface EntranceProps {
  readonly host: JoinHost;
  readonly invite: JoinFragment | undefined;
  readonly language: Language;
  readonly say: Say;
  onJoined(joined: Joined): void;
}

function Entrance({ host, invite, language, say, onJoined }: EntranceProps) {
  const [link, setLink] = useState(invite);
  const [isRunning, setRunning] = useState(false);
  const [failure, setFailure] = useState<string>();
  // Whoever sits between would show an authority of their own: they must not even see the invite.
  if (link?.fingerprint !== undefined && link.fingerprint !== host.fingerprint) {
    return <Notice title={say('wrongAuthority')} text={say('wrongAuthorityHint')} />;
  }
  const take = async (proof: Proof) => {
    setRunning(true);
    setFailure(undefined);
    const outcome = await exchange(proof);
    setRunning(false);
    if ('joined' in outcome) onJoined(outcome.joined);
    else {
      setFailure(outcome.refusal ? refusalText(language, outcome.refusal) : say('unreachable'));
      // Whatever the reason, a link that was refused is of no more use.
      if (outcome.refusal && outcome.refusal.reason !== 'rate-limited') setLink(undefined);
    }
  };
  return (
    <>
      <p>{say('intro')}</p>
      {failure !== undefined && <Notice title={say('failed')} text={failure} />}
      {link ? (
        <Card title={say('take')}>
          <p>{say('linkReady')}</p>
          <button
            type="button"
            className={bigButton}
            disabled={isRunning}
            onClick={() => void take({ token: link.token })}
          >
            {say(isRunning ? 'taking' : 'take')}
          </button>
        </Card>
      ) : (
        <CodeForm isRunning={isRunning} say={say} onCode={(code) => void take({ code })} />
      )}
      <details className="rounded-xl border border-line bg-surface p-4">
        <summary className="min-h-6 cursor-pointer font-semibold">{say('haveWaystation')}</summary>
        <div className="flex flex-col gap-2 pt-2">
          {link && (
            <a href={appLink(location.origin, link)} className={`${bigButton} inline-flex items-center justify-center`}>
              {say('openInWaystation')}
            </a>
          )}
          <p>{say('haveWaystationHint')}</p>
          <CopyBox text={joinCommand(link)} label={say('copyCommand')} say={say} />
        </div>
      </details>
    </>
  );
}

interface CodeFormProps {
  readonly isRunning: boolean;
  readonly say: Say;
  onCode(code: string): void;
}

function CodeForm({ isRunning, say, onCode }: CodeFormProps) {
  const [code, setCode] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (code.trim() !== '') onCode(code);
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-3 rounded-xl border border-line bg-surface p-4">
      <label htmlFor="code" className="font-semibold text-base">
        {say('code')}
      </label>
      <input
        id="code"
        value={code}
        onChange={({ target }) => setCode(target.value)}
        aria-describedby="code-hint"
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        maxLength={20}
        className="min-h-11 min-w-0 rounded-lg border border-edge bg-surface px-3 font-mono text-lg uppercase tracking-widest"
      />
      <p id="code-hint" className="text-muted">
        {say('codeHint')}
      </p>
      <button type="submit" className={bigButton} disabled={isRunning || code.trim() === ''}>
        {say(isRunning ? 'taking' : 'take')}
      </button>
    </form>
  );
}

/** In double quotes, which all terminals take. */
function joinCommand(invite: JoinFragment | undefined): string {
  if (!invite) return `waystation join CODE --at ${location.origin}`;
  return `waystation join "${inviteLink(location.origin, invite)}"`;
}
