import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../components/button.tsx';
import { CommandLine } from '../components/command-line.tsx';
import { formatFuture, formatPast } from '../i18n/format.ts';
import { type Mine, useVisit } from './store.ts';

type Key = Mine['keys'][number];

export function Keys({ mine }: { readonly mine: Mine }) {
  const { t } = useTranslation();
  if (mine.keys.length === 0) return <p className="px-5 pb-4 text-muted">{t('mine.noKeys')}</p>;
  return (
    <ul className="flex flex-col divide-y divide-line border-line border-t">
      {mine.keys.map((key) => (
        <li key={key.id} className="flex flex-col gap-2 px-5 py-3">
          <KeyRow of={key} />
        </li>
      ))}
    </ul>
  );
}

function KeyRow({ of: key }: { readonly of: Key }) {
  const { t, i18n } = useTranslation();
  const now = Date.now();
  const { expiresAt, lastUsedAt } = key;
  const facts = [
    t(`mine.key-${key.state}`),
    expiresAt === undefined ? t('mine.endless') : t('mine.ends', { time: formatFuture(expiresAt, i18n.language, now) }),
    lastUsedAt === undefined
      ? t('mine.neverUsed')
      : t('mine.lastUsed', { time: formatPast(lastUsedAt, i18n.language, now) }),
  ];
  return (
    <>
      <div className="flex flex-wrap items-baseline justify-between gap-x-3">
        <span className="min-w-0 break-words font-medium">{key.name}</span>
        <code className="font-mono text-muted text-xs">
          {key.prefix}…{key.ending}
        </code>
      </div>
      <p className="text-muted text-xs">{facts.join(' · ')}</p>
      {key.mayRotate && <Rotate of={key} />}
    </>
  );
}

type Step = 'idle' | 'asking' | { readonly secret: string } | { readonly message: string };

function Rotate({ of: key }: { readonly of: Key }) {
  const { t } = useTranslation();
  const rotate = useVisit((visit) => visit.rotate);
  const [step, setStep] = useState<Step>('idle');
  const { name } = key;
  if (step === 'idle') {
    return (
      <Button className="self-start" onClick={() => setStep('asking')}>
        {t('mine.rotate')}
      </Button>
    );
  }
  if (step === 'asking') {
    return (
      <div className="flex flex-col gap-2">
        <p>{t('mine.rotateSure', { name })}</p>
        <div className="flex flex-wrap gap-2">
          <Button look="primary" onClick={() => void rotate(key.id).then(setStep)}>
            {t('mine.rotateYes')}
          </Button>
          <Button onClick={() => setStep('idle')}>{t('mine.rotateNo')}</Button>
        </div>
      </div>
    );
  }
  return (
    <div role="status" className="flex flex-col gap-2">
      {'secret' in step ? (
        <>
          <p>{t('mine.rotated', { name })}</p>
          <CommandLine text={step.secret} />
        </>
      ) : (
        <p className="text-bad">{step.message || t('state.unreachable')}</p>
      )}
      <Button className="self-start" onClick={() => setStep('idle')}>
        {t('secret' in step ? 'mine.done' : 'action.close')}
      </Button>
    </div>
  );
}
