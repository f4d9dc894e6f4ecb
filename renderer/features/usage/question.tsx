import { Download, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { controlShape, Select } from '../../components/field.tsx';
import { Masked } from '../../components/masked.tsx';
import { dayOf } from '../../i18n/local-time.ts';
import { useSearch, withParams } from '../../stores/search.ts';
import { exportAddress } from './export-address.ts';
import { rangeNames } from './range.ts';
import { groupsFor, readQuestion } from './read-question.ts';

interface Props {
  nameOf(id: string): string;
}

/** Which time, by what, of whom; and the same as a file. */
export function Question({ nameOf }: Props) {
  const { t } = useTranslation();
  const [search, go] = useSearch();
  const { range, by, per, key, member, account } = readQuestion(search, Date.now());
  const set = (changes: Readonly<Record<string, string | undefined>>) =>
    go((latest) => withParams(latest, changes), { replace: true });
  const offered = groupsFor(range, Date.now());
  const today = dayOf(Date.now());
  const custom = { from: dayOf(range.since), to: range.before === undefined ? today : dayOf(range.before - 1) };
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Choice
        label={t('usage.range')}
        value={range.name}
        names={[...rangeNames, 'custom'] as const}
        say={(name) => t(`usage.${name}`)}
        onChange={(name) => set(name === 'custom' ? { range: name, ...custom } : { range: name, from: '', to: '' })}
      />
      {range.name === 'custom' && (
        <>
          <Day label={t('usage.from')} value={custom.from} most={custom.to} onChange={(from) => set({ from })} />
          <Day label={t('usage.to')} value={custom.to} least={custom.from} onChange={(to) => set({ to })} />
        </>
      )}
      <Choice
        label={t('usage.by')}
        value={by}
        names={offered}
        say={(name) => t(`usage.by-${name}`)}
        onChange={(name) => set({ by: name, ...(name === per && { per: '' }) })}
      />
      <Choice
        label={t('usage.per')}
        value={per ?? 'nothing'}
        names={['nothing', ...offered.filter((name) => name !== by)] as const}
        say={(name) => (name === 'nothing' ? t('usage.perNothing') : t('usage.and', { what: t(`usage.${name}`) }))}
        onChange={(name) => set({ per: name === 'nothing' ? '' : name })}
      />
      {key !== undefined && <Only name={nameOf(key)} onDrop={() => set({ key: '' })} />}
      {member !== undefined && <Only name={nameOf(member)} onDrop={() => set({ member: '' })} />}
      {account !== undefined && <Only name={nameOf(account)} onDrop={() => set({ account: '' })} />}
      <span className="grow" />
      {(['csv', 'json'] as const).map((format) => (
        <a
          key={format}
          href={exportAddress(format, { since: range.since, before: range.before, key, member, account })}
          download
          className="inline-flex min-h-8 items-center gap-1.5 rounded-lg border border-line bg-surface px-3 font-medium hover:border-edge"
        >
          <Download className="size-4" aria-hidden="true" />
          {t(`usage.export-${format}`)}
        </a>
      ))}
    </div>
  );
}

function Only({ name, onDrop }: { readonly name: string; readonly onDrop: () => void }) {
  const { t } = useTranslation();
  return (
    <Button
      onClick={onDrop}
      aria-label={t('usage.drop', { name })}
      icon={<X className="size-3.5" aria-hidden="true" />}
    >
      <Masked text={name} />
    </Button>
  );
}

interface DayProps {
  readonly label: string;
  readonly value: string;
  readonly least?: string;
  readonly most?: string;
  onChange(day: string): void;
}

function Day({ label, value, least, most, onChange }: DayProps) {
  return (
    <input
      type="date"
      aria-label={label}
      value={value}
      min={least}
      max={most}
      onChange={({ target }) => target.value !== '' && onChange(target.value)}
      className={controlShape}
    />
  );
}

interface ChoiceProps<Name extends string> {
  readonly label: string;
  readonly value: Name;
  readonly names: readonly Name[];
  say(name: Name): string;
  onChange(name: Name): void;
}

function Choice<Name extends string>({ label, value, names, say, onChange }: ChoiceProps<Name>) {
  return (
    <Select
      aria-label={label}
      value={value}
      onChange={({ target }) => onChange(names.find((name) => name === target.value) ?? value)}
      isNarrow
    >
      {names.map((name) => (
        <option key={name} value={name}>
          {say(name)}
        </option>
      ))}
    </Select>
  );
}
