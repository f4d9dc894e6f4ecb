import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Field, Select } from '../../components/field.tsx';
import { useChange } from '../../stores/api.ts';
import { IssuedKeys } from './issued-keys.tsx';
import { outdated } from './outdated.ts';

const hourMs = 3_600_000;
const graces = { now: 0, hour: hourMs, day: 24 * hourMs, week: 168 * hourMs, month: 720 * hourMs } as const;
const graceNames = ['now', 'hour', 'day', 'week', 'month'] as const;

interface Props {
  readonly id: string;
  readonly name: string;
  onClose(): void;
}

/** A new secret; the one before works for a while, so that everybody can put the new one in. */
export function RotateKey({ id, name, onClose }: Props) {
  const { t } = useTranslation();
  const [grace, setGrace] = useState<(typeof graceNames)[number]>('day');
  const rotate = useChange('rotateKey', outdated);
  if (rotate.result) return <IssuedKeys keys={[rotate.result]} onClose={onClose} />;
  const run = () => void rotate.run({ id, graceMs: graces[grace] }).catch(() => undefined);
  return (
    <Dialog isOpen title={t('keys.rotateTitle', { name })} note={t('keys.rotateNote')} onClose={onClose}>
      <Field label={t('keys.grace')}>
        {(ids) => (
          <Select
            {...ids}
            value={grace}
            onChange={({ target }) => setGrace(graceNames.find((one) => one === target.value) ?? grace)}
          >
            {graceNames.map((one) => (
              <option key={one} value={one}>
                {t(`keys.grace-${one}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {rotate.failure && <FailureNotice failure={rotate.failure} onRetry={run} />}
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={onClose}>{t('action.cancel')}</Button>
        <Button look="primary" disabled={rotate.isRunning} onClick={run}>
          {t('keys.rotate')}
        </Button>
      </div>
    </Dialog>
  );
}
