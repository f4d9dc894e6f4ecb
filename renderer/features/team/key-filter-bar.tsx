import { useTranslation } from 'react-i18next';
import { Select, TextInput } from '../../components/field.tsx';
import { useApi } from '../../stores/api.ts';
import { type KeyFilter, keyStates } from './key-state.ts';
import type { Key } from './key-values.ts';

interface Props {
  readonly keys: readonly Key[];
  readonly filter: KeyFilter;
  onChange(filter: KeyFilter): void;
}

/** Which keys are shown. */
export function KeyFilterBar({ keys, filter, onChange }: Props) {
  const { t } = useTranslation();
  const members = useApi('listMembers', {}).value ?? [];
  const tags = [...new Set(keys.flatMap((key) => key.tags))].sort();
  return (
    <search className="flex flex-wrap items-center gap-2">
      <TextInput
        type="search"
        aria-label={t('keys.search')}
        placeholder={t('keys.search')}
        className="max-w-72"
        value={filter.text}
        onChange={({ target }) => onChange({ ...filter, text: target.value })}
      />
      {members.length > 0 && (
        <Select
          aria-label={t('keys.member')}
          value={filter.memberId}
          onChange={({ target }) => onChange({ ...filter, memberId: target.value })}
          isNarrow
        >
          <option value="">{t('team.anybody')}</option>
          {members.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      )}
      {tags.length > 0 && (
        <Select
          aria-label={t('keys.tags')}
          value={filter.tag}
          onChange={({ target }) => onChange({ ...filter, tag: target.value })}
          isNarrow
        >
          <option value="">{t('keys.anyTag')}</option>
          {tags.map((tag) => (
            <option key={tag} value={tag}>
              {tag}
            </option>
          ))}
        </Select>
      )}
      <Select
        aria-label={t('team.state')}
        value={filter.state}
        onChange={({ target }) => onChange({ ...filter, state: keyStates.find((one) => one === target.value) ?? '' })}
        isNarrow
      >
        <option value="">{t('team.anyState')}</option>
        {keyStates
          .filter((one) => one !== 'removed')
          .map((one) => (
            <option key={one} value={one}>
              {t(`keys.${one}`)}
            </option>
          ))}
      </Select>
    </search>
  );
}
