import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { StateMark, type Tone } from '../../components/state-mark.tsx';

type Account = Output<'listAccounts'>[number];

interface Item {
  readonly id: string;
  readonly tone: Tone;
  readonly text: string;
  readonly action: string;
  readonly path: string;
}

const mostShown = 5;

/** What needs its owner, each with the one thing to do. Nothing at all when all is well. */
export function AttentionPanel({ accounts }: { readonly accounts: readonly Account[] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const items = accounts.flatMap((account) => itemOf(account, t)).slice(0, mostShown);
  if (items.length === 0) return null;
  return (
    <section aria-labelledby="attention" className="rounded-xl border border-line bg-surface px-5 pt-4 pb-2">
      <h2 id="attention" className="font-semibold text-[0.9375rem]">
        {t('attention.heading')}
      </h2>
      <ul className="divide-y divide-line">
        {items.map(({ id, tone, text, action, path }) => (
          <li key={id} className="flex flex-wrap items-center gap-x-3 gap-y-2 py-2.5">
            <StateMark tone={tone} />
            <span className="min-w-0 flex-1 basis-60">{text}</span>
            <Button onClick={() => void navigate(path)}>{action}</Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

type Translate = ReturnType<typeof useTranslation>['t'];

function itemOf({ id, name, state, health, subscription }: Account, t: Translate): readonly Item[] {
  const path = `/accounts?id=${id}`;
  if (subscription?.termsAcceptedAt === null) {
    return [{ id, tone: 'caution', text: t('attention.terms', { name }), action: t('attention.read'), path }];
  }
  if (state === 'needs-sign-in') {
    return [
      {
        id,
        tone: 'bad',
        text: t('attention.signIn', { name, reason: health.reason }),
        action: t('attention.look'),
        path,
      },
    ];
  }
  if (state === 'blocked' || state === 'expired') {
    return [
      {
        id,
        tone: 'bad',
        text: t(`attention.${state}`, { name, reason: health.reason }),
        action: t('attention.look'),
        path,
      },
    ];
  }
  return [];
}
