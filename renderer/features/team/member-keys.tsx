import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Button } from '../../components/button.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { useApi } from '../../stores/api.ts';
import { keyState, keyTones } from './key-state.ts';
import type { Key } from './key-values.ts';
import type { Member } from './member-values.ts';
import { RotateKey } from './rotate-key.tsx';

/** The keys of a member, each with a way to its own pane and to a new secret. */
export function MemberKeys({ member }: { readonly member: Member }) {
  const { t } = useTranslation();
  const [rotating, setRotating] = useState<Key>();
  const keys = useApi('listKeys', { member: member.id });
  return (
    <section className="flex flex-col gap-2">
      <h3 className="font-semibold">{t('keys.heading')}</h3>
      {keys.value === undefined && <Skeleton />}
      {keys.value?.length === 0 && <p className="text-muted">{t('members.noKeys')}</p>}
      <ul>
        {keys.value?.map((key) => (
          <li
            key={key.id}
            className="flex items-center justify-between gap-3 border-line border-b py-1.5 last:border-b-0"
          >
            <span className="inline-flex min-w-0 items-baseline gap-2">
              <StateMark tone={keyTones[keyState(key, Date.now())]} />
              <Link to={`/team?tab=keys&id=${key.id}`} className="truncate underline">
                {key.name}
              </Link>
              <span className="text-muted text-xs">
                {key.ending !== undefined && <code>…{key.ending} </code>}
                {t(`keys.${keyState(key, Date.now())}`)}
              </span>
            </span>
            <Button needs="rotateKey" onClick={() => setRotating(key)}>
              {t('keys.rotate')}
            </Button>
          </li>
        ))}
      </ul>
      {rotating && <RotateKey id={rotating.id} name={rotating.name} onClose={() => setRotating(undefined)} />}
    </section>
  );
}
