import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RouteName } from '../../../app/server/admin/contract.ts';
import { useMay } from '../../components/allowed.tsx';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { useApi } from '../../stores/api.ts';
import { AddWithFields } from './add-with-fields.tsx';
import { FoundLogins } from './found-logins.tsx';
import { JoinRelay } from './join-relay.tsx';
import { AddBySignIn } from './sign-in-form.tsx';
import { type ProviderKind, type Way, wayOf, ways } from './ways.ts';

interface Props {
  /** Where it was already said how. */
  readonly begin?: Way | undefined;
  /** Of another Waystation, from the link that led here. */
  readonly invite?: string | undefined;
  readonly onClose: () => void;
}

/** First how, then what is needed for it. */
export function AddAccount({ begin, invite, onClose }: Props) {
  const { t } = useTranslation();
  const [way, setWay] = useState(begin);
  const providers = useApi('listProviders', {}, { every: false });
  return (
    <Dialog isOpen title={t('accounts.add')} note={t('accounts.addNote')} onClose={onClose}>
      {providers.failure && !providers.value && (
        <FailureNotice failure={providers.failure} onRetry={() => void providers.refresh()} />
      )}
      {!providers.value && !providers.failure && <Skeleton />}
      {providers.value && way === undefined && <Ways onChoose={setWay} />}
      {providers.value && way !== undefined && (
        <div className="flex flex-col gap-4">
          <div className="flex items-center gap-2">
            <Button look="quiet" className="-ml-3" onClick={() => setWay(undefined)}>
              {t('accounts.back')}
            </Button>
            <h3 className="font-semibold">{t(`accounts.way-${way}`)}</h3>
          </div>
          <Chosen {...{ way, invite, onClose }} providers={providers.value} />
        </div>
      )}
    </Dialog>
  );
}

/** A sign-in and what lies here belong to the computer that Waystation runs on. */
const needs: Partial<Record<Way, RouteName>> = { 'sign-in': 'startLogin', found: 'linkLogin', relay: 'joinRelay' };

function Ways({ onChoose }: { readonly onChoose: (way: Way) => void }) {
  const { t } = useTranslation();
  const may = useMay();
  return (
    <ul className="flex flex-col gap-2">
      {ways
        .filter((way) => may(needs[way] ?? 'createAccount'))
        .map((way) => (
          <li key={way}>
            <button
              type="button"
              onClick={() => onChoose(way)}
              className="flex w-full items-center gap-3 rounded-lg border border-line px-4 py-3 text-left hover:border-edge hover:bg-sunken"
            >
              <span className="min-w-0 flex-1">
                <span className="block font-medium">{t(`accounts.way-${way}`)}</span>
                <span className="block text-muted text-xs">{t(`accounts.way-${way}-note`)}</span>
              </span>
              <ChevronRight className="size-4 shrink-0 text-muted" aria-hidden="true" />
            </button>
          </li>
        ))}
    </ul>
  );
}

interface ChosenProps {
  readonly way: Way;
  readonly providers: readonly ProviderKind[];
  readonly invite: string | undefined;
  readonly onClose: () => void;
}

function Chosen({ way, providers, invite, onClose }: ChosenProps) {
  const { t } = useTranslation();
  const offered = providers.filter((provider) => wayOf(provider) === way);
  if (way === 'sign-in') return <AddBySignIn providers={offered} onDone={onClose} />;
  if (way === 'found') return <FoundLogins providers={providers} onDone={onClose} />;
  if (way !== 'relay') return <AddWithFields providers={offered} onDone={onClose} />;
  return (
    <JoinRelay invite={invite} onDone={onClose}>
      <h4 className="border-line border-t pt-4 font-semibold">{t('join.without')}</h4>
      <AddWithFields providers={offered} onDone={onClose} />
    </JoinRelay>
  );
}
