import { useEffect, useState } from 'react';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Input, Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Form, FormSelect, FormText } from '../../components/form.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { useChange } from '../../stores/api.ts';
import { EntryRow } from './entry-row.tsx';

type Source = Input<'planImport'>;

interface Props {
  /** Where it was already said which. */
  readonly source?: Source;
  onClose(): void;
}

const outdated = ['listAccounts', 'listKeys', 'listFoundData', 'status'] as const;

/** First from where, then what of it; nothing is taken that was not looked at. */
export function ImportDialog({ source: given, onClose }: Props) {
  const { t } = useTranslation();
  const [source, setSource] = useState(given);
  return (
    <Dialog isOpen title={t('imports.title')} note={t('imports.note')} onClose={onClose}>
      {source === undefined ? (
        <SourceForm onChoose={setSource} onClose={onClose} />
      ) : (
        <Entries
          source={source}
          onBack={given === undefined ? () => setSource(undefined) : undefined}
          onClose={onClose}
        />
      )}
    </Dialog>
  );
}

const programs = ['claude-relay-service', 'cc-switch', 'claude-code-router'] as const;

interface FormProps {
  onChoose(source: Source): void;
  onClose(): void;
}

function SourceForm({ onChoose, onClose }: FormProps) {
  const { t } = useTranslation();
  const form = useForm({ defaultValues: { kind: 'claude-relay-service', file: '' } });
  const hasOwnPlace = form.watch('kind') !== 'claude-relay-service';
  const choose = ({ kind, file }: { readonly kind: string; readonly file: string }) => {
    const known = programs.find((one) => one === kind);
    if (known) onChoose({ kind: known, ...(file.trim() !== '' && { file: file.trim() }) });
  };
  return (
    <Form form={form} onSubmit={choose}>
      <FormSelect
        name="kind"
        label={t('imports.program')}
        options={programs.map((value) => ({ value, text: t(`imports.program-${value}`) }))}
      />
      <FormText
        name="file"
        label={t('imports.file')}
        hint={t(hasOwnPlace ? 'imports.fileOwn' : 'imports.fileHint')}
        isRequired={!hasOwnPlace}
        maxLength={4096}
      />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{t('action.cancel')}</Button>
        <Button type="submit" look="primary">
          {t('imports.look')}
        </Button>
      </div>
    </Form>
  );
}

interface EntriesProps {
  readonly source: Source;
  readonly onBack: (() => void) | undefined;
  onClose(): void;
}

type Entry = Output<'planImport'>['entries'][number];

function Entries({ source, onBack, onClose }: EntriesProps) {
  const { t } = useTranslation();
  const { run, result: plan, failure } = useChange('planImport', []);
  const taking = useChange('importData', outdated);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    void run(source).then(
      ({ entries }) => setTicked(new Set(entries.filter(isSafe).map(({ ref }) => ref))),
      () => undefined,
    );
  }, [run, source]);
  if (taking.result) return <Outcome outcome={taking.result} onClose={onClose} />;
  const chosen = plan?.entries.filter(({ ref }) => ticked.has(ref)) ?? [];
  const toggle = (ref: string) =>
    setTicked((before) => new Set(before.has(ref) ? [...before].filter((one) => one !== ref) : [...before, ref]));
  // A tick at one of them is the owner's word for it.
  const take = () =>
    void taking
      .run({
        ...source,
        entries: chosen.map(({ ref }) => ref),
        allowLocalUpstream: chosen.some(({ isLocal }) => isLocal),
      })
      .catch(() => undefined);
  return (
    <div className="flex flex-col gap-4">
      {failure && <FailureNotice failure={failure} onRetry={() => void run(source).catch(() => undefined)} />}
      {!plan && !failure && <Skeleton />}
      {plan && <code className="break-all font-mono text-muted text-xs">{plan.file}</code>}
      {plan?.entries.length === 0 && <p>{t('imports.empty')}</p>}
      <ul className="flex flex-col gap-2">
        {plan?.entries.map((entry) => (
          <EntryRow key={entry.ref} entry={entry} isTicked={ticked.has(entry.ref)} onToggle={() => toggle(entry.ref)} />
        ))}
      </ul>
      {taking.failure && <FailureNotice failure={taking.failure} onRetry={taking.forget} />}
      <div className="flex flex-wrap justify-end gap-2">
        {onBack && (
          <Button look="quiet" className="mr-auto" onClick={onBack}>
            {t('imports.other')}
          </Button>
        )}
        <Button onClick={onClose}>{t('action.cancel')}</Button>
        <Button look="primary" disabled={chosen.length === 0 || taking.isRunning} onClick={take}>
          {t('imports.take', { count: chosen.length })}
        </Button>
      </div>
    </div>
  );
}

/** What leads elsewhere is ticked at once; what leads to this computer only its owner ticks. */
function isSafe({ reason, isLocal }: Entry): boolean {
  return reason === null && !isLocal;
}

interface OutcomeProps {
  readonly outcome: Output<'importData'>;
  onClose(): void;
}

function Outcome({ outcome: { imported, left }, onClose }: OutcomeProps) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-col gap-4">
      <p role="status" className="flex items-baseline gap-2">
        <StateMark tone={left.length === 0 ? 'good' : 'caution'} />
        {t('imports.done', { count: imported.length })}
      </p>
      <ul className="flex flex-col gap-1">
        {left.map(({ ref, name, reason, message }) => (
          <li key={ref} className="break-words">
            {name}: {message ?? t(`imports.reason-${reason}`)}
          </li>
        ))}
      </ul>
      <Button look="primary" className="self-end" onClick={onClose}>
        {t('action.close')}
      </Button>
    </div>
  );
}
