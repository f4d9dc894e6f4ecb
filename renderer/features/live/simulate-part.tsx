import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { useApi, useChange } from '../../stores/api.ts';
import { Decision } from '../routing/decision.tsx';
import { Part } from './part.tsx';

interface Props {
  readonly explained: Output<'explainCall'>;
}

const routes = ['messages', 'chat', 'responses', 'generate'] as const;

/** Where the same call would go now. Asks the scheduler, and no upstream. */
export function SimulatePart({ explained: { call, stickyAccountId } }: Props) {
  const { t } = useTranslation();
  const simulate = useChange('simulateCall', []);
  const known = useApi('listKeys', {}, { every: false }).value;
  const key = known?.find(({ id }) => id === call.keyId)?.id;
  const route = routes.find((one) => one === call.route);
  const run = () => {
    const sessionAt = stickyAccountId ?? undefined;
    void simulate.run({ model: call.model, route, key, sessionAt }).catch(nothing);
  };
  return (
    <Part heading={t('live.again')}>
      <p className="text-muted">{t('live.againNote')}</p>
      <Button needs="simulateCall" className="self-start" disabled={simulate.isRunning} onClick={run}>
        {t('live.simulate')}
      </Button>
      {simulate.failure && <FailureNotice failure={simulate.failure} onRetry={run} />}
      {simulate.result && <Decision decided={simulate.result} wait={simulate.result.wait} />}
    </Part>
  );
}

function nothing(): void {
  // The change holds its failure, and the part shows it.
}
