import { useTranslation } from 'react-i18next';
import { useApi } from '../../stores/api.ts';

interface Choice {
  readonly value: string;
  readonly text: string;
}

/** What a key can be given to, put on and bound to; each list begins with nothing. */
export function useChoices(): Readonly<Record<'members' | 'plans' | 'places', readonly Choice[]>> {
  const { t } = useTranslation();
  const members = useApi('listMembers', {}, { every: false }).value ?? [];
  const plans = useApi('listPlans', {}, { every: false }).value ?? [];
  const accounts = useApi('listAccounts', {}, { every: false }).value ?? [];
  const groups = useApi('listGroups', {}, { every: false }).value ?? [];
  return {
    members: [{ value: '', text: t('keys.nobody') }, ...named(members)],
    plans: [{ value: '', text: t('keys.noPlan') }, ...named(plans)],
    places: [
      { value: '', text: t('keys.anyAccount') },
      ...named(accounts).map(({ value, text }) => ({ value, text: t('keys.onlyAccount', { name: text }) })),
      ...named(groups).map(({ value, text }) => ({ value, text: t('keys.onlyGroup', { name: text }) })),
    ],
  };
}

function named(items: readonly { readonly id: string; readonly name: string }[]): readonly Choice[] {
  return items.map(({ id, name }) => ({ value: id, text: name }));
}
