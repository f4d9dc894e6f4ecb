import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { formatBytes } from '../../i18n/format.ts';
import { useApi } from '../../stores/api.ts';
import { Part } from './part.tsx';

export type Captured = NonNullable<Output<'showCapturedCall'>['captured']>;

interface Props {
  readonly requestId: string;
}

/** What the call said and was answered, asked for only when somebody wants to see it. Always as text, never as HTML. */
export function CapturedPart({ requestId }: Props) {
  const { t } = useTranslation();
  const [isWanted, setWanted] = useState(false);
  const found = useApi('showCapturedCall', { requestId }, { isWanted, every: false });
  return (
    <Part heading={t('live.bodies')}>
      {!isWanted && (
        <Button needs="showCapturedCall" className="self-start" onClick={() => setWanted(true)}>
          {t('live.showBodies')}
        </Button>
      )}
      {isWanted && !found.value && !found.failure && <Skeleton />}
      {found.failure && <FailureNotice failure={found.failure} onRetry={() => void found.refresh()} />}
      {found.value?.captured === null && <p className="text-muted">{t('live.notCaptured')}</p>}
      {found.value?.captured && <Bodies captured={found.value.captured} />}
    </Part>
  );
}

function Bodies({ captured: { method, path, request, answer } }: { readonly captured: Captured }) {
  const { t } = useTranslation();
  return (
    <>
      <Message title={`${method} ${path}`} label={t('live.sent')} message={request} />
      <Message
        title={answer.status === null ? '–' : String(answer.status)}
        label={t('live.answered')}
        message={answer}
      />
      {answer.error !== null && <p>{answer.error}</p>}
    </>
  );
}

interface MessageProps {
  readonly label: string;
  readonly title: string;
  readonly message: Captured['request'];
}

const box = 'max-h-80 overflow-auto rounded-lg border border-line bg-sunken p-3 font-mono text-xs';

function Message({ label, title, message: { headers, body, bytes, isWhole } }: MessageProps) {
  const { t, i18n } = useTranslation();
  const size = formatBytes(bytes, i18n.language);
  return (
    <div className="flex flex-col gap-1.5">
      <p>
        <span className="font-medium">{label}</span> <code className="break-all font-mono text-xs">{title}</code>{' '}
        <span className="text-muted text-xs">{t(isWhole ? 'live.whole' : 'live.cut', { size })}</span>
      </p>
      <details>
        <summary className="w-fit text-muted">{t('live.headers', { count: Object.keys(headers).length })}</summary>
        <pre className={`mt-1.5 whitespace-pre-wrap break-words ${box}`}>
          {Object.entries(headers)
            .map(([name, value]) => `${name}: ${value}`)
            .join('\n')}
        </pre>
      </details>
      {body === null ? (
        <p className="text-muted">{t('live.noText')}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        <section tabIndex={0} aria-label={label} className={box}>
          <pre className="whitespace-pre-wrap break-words">{readable(body)}</pre>
        </section>
      )}
    </div>
  );
}

/** A document with its lines and steps; everything else as it is. */
function readable(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
