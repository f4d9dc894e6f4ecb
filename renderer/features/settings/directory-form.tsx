import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { controlShape, Field, Select, Switch, TextInput } from '../../components/field.tsx';
import { useChange } from '../../stores/api.ts';

type GroupRules = Pick<NonNullable<Output<'showDirectory'>['ldap']>['fields'], 'roles' | 'otherRole'>;

const roles = ['member', 'viewer', 'admin'] as const;

type TextName =
  | ('url' | 'baseDn' | 'bindDn' | 'userFilter' | 'issuer' | 'clientId' | 'label')
  | ('nameAttribute' | 'emailAttribute' | 'idAttribute' | 'groupAttribute' | 'groupFilter' | 'groupBaseDn' | 'ca')
  | ('scopes' | 'nameClaim' | 'groupsClaim');
type SwitchName = 'startTls' | 'allowPlain' | 'createMembers' | 'matchEmail';

interface Typed {
  readonly texts: Partial<Record<TextName, string>>;
  readonly isOn: Partial<Record<SwitchName, boolean>>;
  readonly rules: GroupRules;
  readonly secret: { readonly secret?: string };
}

interface FormProps {
  readonly kind: 'ldap' | 'oidc';
  readonly names: readonly TextName[];
  /** What few people have to change. */
  readonly more: readonly TextName[];
  readonly required: readonly TextName[];
  readonly switches: readonly SwitchName[];
  readonly begin: { readonly [Name in TextName]?: string | undefined } & {
    readonly [Name in SwitchName]?: boolean | undefined;
  } & Partial<GroupRules>;
  /** Undefined while it is not set up. */
  readonly hasSecret: boolean | undefined;
  readonly failure: Parameters<typeof FailureNotice>[0]['failure'] | undefined;
  onForget(): void;
  readonly onRemove: (() => void) | undefined;
  onSave(typed: Typed): void;
}

export function DirectoryForm({ kind, names, more, required, switches, begin, hasSecret, ...change }: FormProps) {
  const { t } = useTranslation();
  const [texts, setTexts] = useState<Typed['texts']>(() => pick<TextName, string>([...names, ...more], begin));
  const [isOn, setIsOn] = useState<Typed['isOn']>(() => pick<SwitchName, boolean>(switches, begin));
  const [lines, setLines] = useState(() => toLines(begin.roles ?? []));
  const [otherRole, setOtherRole] = useState<string>(() =>
    begin.otherRole === null ? '' : (begin.otherRole ?? 'member'),
  );
  const [secret, setSecret] = useState('');
  const save = (event: FormEvent) => {
    event.preventDefault();
    const said = Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ''));
    const rules = { roles: fromLines(lines), otherRole: roles.find((role) => role === otherRole) ?? null };
    change.onSave({ texts: said, isOn, rules, secret: secret === '' ? {} : { secret } });
  };
  return (
    <form onSubmit={save} className="flex max-w-xl flex-col gap-4" aria-label={t(`directory.${kind}`)}>
      <h3 className="font-semibold">{t(`directory.${kind}`)}</h3>
      {names.map((name) => (
        <Text key={name} name={name} isRequired={required.includes(name)} texts={texts} onChange={setTexts} />
      ))}
      <Field
        label={t(`directory.secret-${kind}`)}
        hint={hasSecret === true ? t('directory.secretIsSet') : t('directory.secretHint')}
      >
        {(ids) => (
          <TextInput
            {...ids}
            type="password"
            autoComplete="off"
            value={secret}
            onChange={({ target }) => setSecret(target.value)}
          />
        )}
      </Field>
      {switches.map((name) => (
        <div key={name} className="flex items-center justify-between gap-3">
          <span>{t(`directory.${name}`)}</span>
          <Switch
            label={t(`directory.${name}`)}
            isOn={isOn[name] === true}
            onChange={(next) => setIsOn((before) => ({ ...before, [name]: next }))}
          />
        </div>
      ))}
      <details>
        <summary className="min-h-6 cursor-pointer font-medium">{t('directory.more')}</summary>
        <div className="mt-3 flex flex-col gap-4">
          {more.map((name) => (
            <Text key={name} name={name} isRequired={false} texts={texts} onChange={setTexts} />
          ))}
          <Field label={t('directory.roles')} hint={t('directory.rolesHint')}>
            {(ids) => (
              <textarea
                {...ids}
                rows={3}
                value={lines}
                onChange={({ target }) => setLines(target.value)}
                className={`${controlShape} font-mono text-xs`}
              />
            )}
          </Field>
          <Field label={t('directory.otherRole')}>
            {(ids) => (
              <Select {...ids} value={otherRole} onChange={({ target }) => setOtherRole(target.value)}>
                <option value="">{t('directory.otherRoleNone')}</option>
                {roles.map((role) => (
                  <option key={role} value={role}>
                    {t(`members.role-${role}`)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </div>
      </details>
      {change.failure && <FailureNotice failure={change.failure} onRetry={change.onForget} />}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary">
          {t(`directory.save-${kind}`)}
        </Button>
        {change.onRemove && (
          <Button look="danger" onClick={change.onRemove}>
            {t(`directory.remove-${kind}`)}
          </Button>
        )}
      </div>
      {hasSecret !== undefined && <Tester kind={kind} />}
    </form>
  );
}

interface TextProps {
  readonly name: TextName;
  readonly isRequired: boolean;
  readonly texts: Typed['texts'];
  onChange(change: (before: Typed['texts']) => Typed['texts']): void;
}

function Text({ name, isRequired, texts, onChange }: TextProps) {
  const { t } = useTranslation();
  const set = (text: string) => onChange((before) => ({ ...before, [name]: text }));
  const common = { required: isRequired, value: texts[name] ?? '' };
  return (
    <Field label={t(`directory.${name}`)} isRequired={isRequired}>
      {(ids) =>
        name === 'ca' ? (
          <textarea
            {...{ ...ids, ...common }}
            rows={3}
            onChange={({ target }) => set(target.value)}
            className={`${controlShape} font-mono text-xs`}
          />
        ) : (
          <TextInput {...{ ...ids, ...common }} onChange={({ target }) => set(target.value)} />
        )
      }
    </Field>
  );
}

function toLines(found: GroupRules['roles']): string {
  return found.map(({ role, group }) => `${role}: ${group}`).join('\n');
}

/** A line without a role is a group of members. */
function fromLines(text: string): GroupRules['roles'] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const [, named = '', group = ''] = /^([^:]*):(.*)$/.exec(line) ?? [];
      const role = roles.find((one) => one === named.trim());
      return role === undefined ? { role: 'member', group: line } : { role, group: group.trim() };
    });
}

/** Says what fails, and where. */
function Tester({ kind }: Pick<FormProps, 'kind'>) {
  const { t } = useTranslation();
  const test = useChange('testDirectory', []);
  const { result, failure } = test;
  return (
    <div className="flex flex-col items-start gap-2">
      <Button needs="testDirectory" disabled={test.isRunning} onClick={() => void test.run({ kind }).catch(nothing)}>
        {t(`directory.test-${kind}`)}
      </Button>
      {failure && <FailureNotice failure={failure} onRetry={test.forget} />}
      {result && (
        <p role="status" className={result.ok ? 'text-good' : 'text-bad'}>
          {result.step === null ? t('directory.works') : t(`directory.step-${result.step}`)} {result.message}
        </p>
      )}
    </div>
  );
}

function pick<Name extends string, Value>(
  names: readonly Name[],
  values: { readonly [One in Name]?: Value | undefined },
): Partial<Record<Name, Value>> {
  const found: Partial<Record<Name, Value>> = {};
  for (const name of names) if (values[name] !== undefined) found[name] = values[name];
  return found;
}

function nothing(): void {
  // The change holds its failure, and the form shows it.
}
