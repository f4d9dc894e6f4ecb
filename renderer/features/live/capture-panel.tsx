import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog, Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Field, Select } from '../../components/field.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { formatBytes, formatFuture } from '../../i18n/format.ts';
import { type Change, useApi, useChange } from '../../stores/api.ts';

type State = Output<'showCapture'>;

/** Whether what calls say is kept, and how to end that and leave nothing behind. Nothing of it is seen while it is off and empty. */
export function CapturePanel({ isAsked, onAnswered }: { readonly isAsked: boolean; onAnswered(): void }) {
  const { t } = useTranslation();
  // What every page asks tells whether there is anything to ask about.
  const hint = useApi('status', {}).value?.capture;
  const isWanted = isAsked || (hint !== undefined && (hint.isOn || hint.calls > 0));
  const state = useApi('showCapture', {}, { isWanted }).value;
  const stop = useChange('stopCapture', ['showCapture', 'status']);
  const purge = useChange('purgeCapture', ['showCapture', 'showCapturedCall', 'status']);
  const [isSure, setSure] = useState(false);
  const isThere = isWanted && state !== undefined && (state.isOn || state.kept.calls > 0);
  return (
    <>
      {state && isThere && (
        <section
          aria-label={t('live.capture')}
          className="flex flex-wrap items-center gap-3 rounded-xl border border-line bg-surface px-5 py-3"
        >
          <p className="flex min-w-60 flex-1 items-baseline gap-2">
            <StateMark tone={state.isOn ? 'caution' : 'quiet'} />
            <StateSentence state={state} />
          </p>
          {state.isOn && (
            <Button needs="stopCapture" disabled={stop.isRunning} onClick={() => void stop.run({}).catch(nothing)}>
              {t('live.stopCapture')}
            </Button>
          )}
          <Button needs="purgeCapture" look="danger" disabled={purge.isRunning} onClick={() => setSure(true)}>
            {t('live.purge')}
          </Button>
        </section>
      )}
      {purge.result && !isThere && <Purged purged={purge.result} />}
      {purge.failure && <FailureNotice failure={purge.failure} onRetry={purge.forget} />}
      {stop.failure && <FailureNotice failure={stop.failure} onRetry={stop.forget} />}
      <ConfirmDialog
        isOpen={isSure}
        title={t('live.purgeTitle')}
        note={t('live.purgeNote')}
        action={t('live.purge')}
        onConfirm={() => {
          setSure(false);
          void purge.run({}).catch(nothing);
        }}
        onClose={() => setSure(false)}
      />
      {isAsked && <StartDialog purge={purge} onClose={onAnswered} />}
    </>
  );
}

function StateSentence({ state: { isOn, until, callsLeft, kept } }: { readonly state: State }) {
  const { t, i18n } = useTranslation();
  const time = formatFuture(until ?? 0, i18n.language, Date.now());
  const size = formatBytes(kept.bytes, i18n.language);
  return (
    <span>
      {isOn && <b className="font-medium">{t('live.captureOn', { time })} </b>}
      {callsLeft !== null && `${t('live.callsLeft', { count: callsLeft })} `}
      {t('live.kept', { count: kept.calls, size })}
    </span>
  );
}

function Purged({ purged: { calls, bytes, bytesLeft } }: { readonly purged: Output<'purgeCapture'> }) {
  const { t, i18n } = useTranslation();
  const [size, left] = [formatBytes(bytes, i18n.language), formatBytes(bytesLeft, i18n.language)];
  return (
    <p role="status" className="flex items-baseline gap-2">
      <StateMark tone={bytesLeft === 0 ? 'good' : 'bad'} />
      {t('live.purged', { count: calls, size, left })}
    </p>
  );
}

const terms = [15, 60, 240, 1_440] as const;
const counts = [1, 10, 100] as const;

function StartDialog({ purge, onClose }: { readonly purge: Change<'purgeCapture'>; onClose(): void }) {
  const { t, i18n } = useTranslation();
  const start = useChange('startCapture', ['showCapture', 'status']);
  const [minutes, setMinutes] = useState<number>(terms[0]);
  const [calls, setCalls] = useState<number>();
  const run = async () => {
    await start.run({ minutes, ...(calls !== undefined && { calls }) });
    purge.forget();
    onClose();
  };
  const inMinutes = new Intl.NumberFormat(i18n.language, { style: 'unit', unit: 'minute', unitDisplay: 'long' });
  const inHours = new Intl.NumberFormat(i18n.language, { style: 'unit', unit: 'hour', unitDisplay: 'long' });
  return (
    <Dialog isOpen title={t('live.captureTitle')} onClose={onClose}>
      <div className="flex flex-col gap-4">
        <p>{t('live.captureWarning')}</p>
        <p className="text-muted">{t('live.captureRules')}</p>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={t('live.forTime')}>
            {(ids) => (
              <Select {...ids} value={minutes} onChange={({ target }) => setMinutes(Number(target.value))}>
                {terms.map((one) => (
                  <option key={one} value={one}>
                    {one < 60 ? inMinutes.format(one) : inHours.format(one / 60)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Field label={t('live.forCalls')}>
            {(ids) => (
              <Select
                {...ids}
                value={calls ?? ''}
                onChange={({ target }) => setCalls(target.value === '' ? undefined : Number(target.value))}
              >
                <option value="">{t('live.anyCalls')}</option>
                {counts.map((one) => (
                  <option key={one} value={one}>
                    {t('live.nextCalls', { count: one })}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </div>
        {start.failure && <FailureNotice failure={start.failure} onRetry={() => void run().catch(nothing)} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button
            needs="startCapture"
            look="primary"
            disabled={start.isRunning}
            onClick={() => void run().catch(nothing)}
          >
            {t('live.startCapture')}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

function nothing(): void {
  // The change holds its failure, and the panel shows it.
}
