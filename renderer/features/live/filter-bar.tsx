import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { controlShape, Field, Select, TextInput } from '../../components/field.tsx';
import { useMaskedName } from '../../components/masked.tsx';
import { useSavedFilters } from '../../stores/saved-filters.ts';
import type { useNames } from './names.ts';
import { type FilterName, filterQuery, statuses } from './read-filter.ts';

interface Props {
  readonly search: URLSearchParams;
  /** What is typed. */
  readonly text: string;
  readonly names: ReturnType<typeof useNames>;
  onChange(name: FilterName, value: string): void;
  /** Another filter in place of all of it. */
  onQuery(query: string): void;
}

/** Which calls are shown; all of it is in the address, so that it can be kept and linked to. */
export function FilterBar({ search, text, names, onChange, onQuery }: Props) {
  const { t } = useTranslation();
  const isSession = search.has('session');
  return (
    <div className="flex flex-wrap gap-2">
      <input
        type="search"
        aria-label={t('live.filter')}
        placeholder={t('live.filter')}
        value={text}
        onChange={({ target }) => onChange('text', target.value)}
        className={`${controlShape} w-full sm:w-80`}
      />
      <Select
        aria-label={t('calls.status')}
        value={search.get('status') ?? ''}
        onChange={({ target }) => onChange('status', target.value)}
        isNarrow
      >
        <option value="">{t('live.anyStatus')}</option>
        {statuses.map((one) => (
          <option key={one} value={one}>
            {t(`calls.${one}`)}
          </option>
        ))}
      </Select>
      <NameSelect
        {...{ label: t('calls.account'), any: t('live.anyAccount'), names: names.accounts }}
        value={search.get('account') ?? ''}
        onChange={(value) => onChange('account', value)}
      />
      <NameSelect
        {...{ label: t('live.key'), any: t('live.anyKey'), names: names.keys }}
        value={search.get('key') ?? ''}
        onChange={(value) => onChange('key', value)}
      />
      <SavedFilters query={filterQuery(search)} onQuery={onQuery} />
      {isSession && <Button onClick={() => onQuery('')}>{t('live.leaveSession')}</Button>}
    </div>
  );
}

interface NameSelectProps {
  readonly label: string;
  readonly any: string;
  readonly names: ReadonlyMap<string, string>;
  readonly value: string;
  onChange(value: string): void;
}

function NameSelect({ label, any, names, value, onChange }: NameSelectProps) {
  return (
    <Select aria-label={label} value={value} onChange={({ target }) => onChange(target.value)} isNarrow>
      <option value="">{any}</option>
      {[...names].map(([id, name]) => (
        <MaskedOption key={id} value={id} name={name} />
      ))}
      {value !== '' && !names.has(value) && <option value={value}>{value}</option>}
    </Select>
  );
}

function MaskedOption({ value, name }: { readonly value: string; readonly name: string }) {
  const shown = useMaskedName(name);
  return <option value={value}>{shown}</option>;
}

function SavedFilters({ query, onQuery }: { readonly query: string; onQuery(query: string): void }) {
  const { t } = useTranslation();
  const { filters, save, remove } = useSavedFilters();
  const [isNaming, setNaming] = useState(false);
  const current = filters.find((one) => one.query === query);
  return (
    <>
      {filters.length > 0 && (
        <Select
          aria-label={t('live.saved')}
          value={current?.name ?? ''}
          onChange={({ target }) => onQuery(filters.find(({ name }) => name === target.value)?.query ?? '')}
          isNarrow
        >
          <option value="">{t('live.saved')}</option>
          {filters.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </Select>
      )}
      {current && <Button onClick={() => remove(current.name)}>{t('live.removeFilter')}</Button>}
      {query !== '' && !current && <Button onClick={() => setNaming(true)}>{t('live.saveFilter')}</Button>}
      {isNaming && (
        <NameDialog
          onName={(name) => {
            save({ name, query });
            setNaming(false);
          }}
          onClose={() => setNaming(false)}
        />
      )}
    </>
  );
}

function NameDialog({ onName, onClose }: { onName(name: string): void; onClose(): void }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== '') onName(name.trim());
  };
  return (
    <Dialog isOpen title={t('live.saveFilter')} note={t('live.savedNote')} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field label={t('live.filterName')}>
          {(ids) => (
            <TextInput {...ids} required maxLength={60} value={name} onChange={({ target }) => setName(target.value)} />
          )}
        </Field>
        <Button type="submit" look="primary" className="self-end">
          {t('live.saveFilter')}
        </Button>
      </form>
    </Dialog>
  );
}
