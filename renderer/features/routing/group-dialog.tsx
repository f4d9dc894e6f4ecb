import { ArrowDown, ArrowUp, GripVertical, X } from 'lucide-react';
import { type KeyboardEvent, useState } from 'react';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Field, Select, Switch } from '../../components/field.tsx';
import { Form, FormSelect, FormText, type ValuesOf } from '../../components/form.tsx';
import { Masked } from '../../components/masked.tsx';
import { useApi, useChange } from '../../stores/api.ts';
import { swapped } from './swapped.ts';

type Group = Output<'listGroups'>[number];

interface Props {
  /** Undefined: a new one. */
  readonly group: Group | undefined;
  readonly groups: readonly Group[];
  onClose(): void;
}

const outdated = ['listGroups', 'listAccounts'] as const;

/** Its name, its accounts in their order, and who serves when none of them can. */
export function GroupDialog({ group, groups, onClose }: Props) {
  const { t } = useTranslation();
  const create = useChange('createGroup', outdated);
  const update = useChange('updateGroup', outdated);
  const [ids, setIds] = useState(() => orderOf(group));
  const [isOrdered, setOrdered] = useState(group?.members.some(({ priority }) => priority !== undefined) ?? false);
  const form = useForm({ defaultValues: { name: group?.name ?? '', fallbackId: group?.fallbackId ?? '' } });
  const failure = create.failure ?? update.failure;
  const save = ({ name, fallbackId }: ValuesOf<typeof form>) => {
    const members = ids.map((accountId, index) => (isOrdered ? { accountId, priority: index + 1 } : { accountId }));
    const saved = group
      ? update.run({ id: group.id, name, members, fallbackId: fallbackId === '' ? null : fallbackId })
      : create.run({ name, members, ...(fallbackId !== '' && { fallbackId }) });
    void saved.then(onClose, () => undefined);
  };
  const others = groups.filter(({ id }) => id !== group?.id);
  return (
    <Dialog isOpen title={t(group ? 'routing.editGroup' : 'routing.newGroup')} onClose={onClose}>
      <Form form={form} onSubmit={save}>
        <FormText name="name" label={t('routing.groupName')} maxLength={64} isRequired />
        <Members ids={ids} onChange={setIds} />
        <div className="flex items-center justify-between gap-4">
          <div>
            <p className="font-medium">{t('routing.ownOrder')}</p>
            <p className="text-muted text-xs">{t('routing.ownOrderHint')}</p>
          </div>
          <Switch label={t('routing.ownOrder')} isOn={isOrdered} onChange={setOrdered} />
        </div>
        <FormSelect
          name="fallbackId"
          label={t('routing.fallback')}
          hint={t('routing.fallbackHint')}
          options={[
            { value: '', text: t('routing.noFallback') },
            ...others.map(({ id, name }) => ({ value: id, text: name })),
          ]}
        />
        {failure && <FailureNotice failure={failure} onRetry={group ? update.forget : create.forget} />}
        <Button type="submit" look="primary" className="self-end" disabled={create.isRunning || update.isRunning}>
          {t('routing.saveGroup')}
        </Button>
      </Form>
    </Dialog>
  );
}

interface MembersProps {
  readonly ids: readonly string[];
  onChange(ids: readonly string[]): void;
}

function Members({ ids, onChange }: MembersProps) {
  const { t } = useTranslation();
  const [dragged, setDragged] = useState<string>();
  const accounts = useApi('listAccounts', {}).value ?? [];
  const names = new Map(accounts.map(({ id, name }) => [id, name]));
  const others = accounts.filter(({ id }) => !ids.includes(id));
  const drop = (target: string) => {
    if (dragged === undefined || dragged === target) return;
    const rest = ids.filter((id) => id !== dragged);
    const at = ids.indexOf(target);
    onChange([...rest.slice(0, at), dragged, ...rest.slice(at)]);
  };
  return (
    <div className="flex flex-col gap-2">
      <p className="font-medium">{t('routing.members')}</p>
      {ids.length === 0 && <p className="text-muted">{t('routing.noMembers')}</p>}
      <ol className="flex flex-col gap-1" aria-label={t('routing.members')}>
        {ids.map((id) => (
          <Member
            key={id}
            id={id}
            name={names.get(id) ?? id}
            ids={ids}
            onChange={onChange}
            onDrag={setDragged}
            onDrop={() => drop(id)}
          />
        ))}
      </ol>
      {others.length > 0 && <AddMember others={others} onAdd={(id) => onChange([...ids, id])} />}
    </div>
  );
}

interface AddProps {
  readonly others: readonly { readonly id: string; readonly name: string }[];
  onAdd(id: string): void;
}

/** First chosen, then added: with the keyboard alone a choice passes others on its way. */
function AddMember({ others, onAdd }: AddProps) {
  const { t } = useTranslation();
  const [id, setId] = useState('');
  const add = () => {
    setId('');
    onAdd(id);
  };
  return (
    <div className="flex items-end gap-2">
      <div className="min-w-0 flex-1">
        <Field label={t('routing.addMember')}>
          {(field) => (
            <Select {...field} value={id} onChange={({ target }) => setId(target.value)}>
              <option value="">{t('routing.choose')}</option>
              {others.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.name}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      <Button className="min-h-9" disabled={id === ''} onClick={add}>
        {t('routing.addIt')}
      </Button>
    </div>
  );
}

interface MemberProps extends MembersProps {
  readonly id: string;
  readonly name: string;
  onDrag(id: string | undefined): void;
  onDrop(): void;
}

function Member({ id, name, ids, onChange, onDrag, onDrop }: MemberProps) {
  const { t } = useTranslation();
  const [up, down] = [swapped(ids, id, -1), swapped(ids, id, 1)];
  const move = (wanted: readonly string[] | undefined) => wanted && onChange(wanted);
  const onKey = ({ altKey, key }: KeyboardEvent) => {
    if (altKey && key === 'ArrowUp') move(up);
    if (altKey && key === 'ArrowDown') move(down);
  };
  return (
    <li
      draggable
      onDragStart={(event) => {
        event.dataTransfer.setData('text/plain', id);
        onDrag(id);
      }}
      onDragEnd={() => onDrag(undefined)}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        onDrop();
      }}
      onKeyDown={onKey}
      className="flex items-center gap-2 rounded-lg border border-line px-2"
    >
      <GripVertical className="size-4 shrink-0 cursor-grab text-muted" aria-hidden="true" />
      <span className="min-w-0 flex-1 truncate">
        <Masked text={name} />
      </span>
      <IconButton label={t('routing.up', { name })} disabled={!up} onClick={() => move(up)}>
        <ArrowUp className="size-4" aria-hidden="true" />
      </IconButton>
      <IconButton label={t('routing.down', { name })} disabled={!down} onClick={() => move(down)}>
        <ArrowDown className="size-4" aria-hidden="true" />
      </IconButton>
      <IconButton label={t('routing.removeMember', { name })} onClick={() => onChange(ids.filter((one) => one !== id))}>
        <X className="size-4" aria-hidden="true" />
      </IconButton>
    </li>
  );
}

function orderOf(group: Group | undefined): readonly string[] {
  const members = group?.members.toSorted((a, b) => (a.priority ?? 0) - (b.priority ?? 0)) ?? [];
  return members.map(({ accountId }) => accountId);
}
