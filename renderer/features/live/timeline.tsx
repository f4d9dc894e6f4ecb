import { scaleLinear } from 'd3-scale';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../app/server/admin/contract.ts';
import { formatDuration } from '../../i18n/format.ts';

type Call = Output<'explainCall'>['call'];

interface Props {
  readonly call: Call;
  readonly names: Readonly<Record<string, string>>;
}

const width = 560;
const lane = 22;

/** A lane for each attempt: what it waited, until its first byte, and until its end. The list below says the same in words. */
export function Timeline({ call, names }: Props) {
  const { t, i18n } = useTranslation();
  const { attempts, startedAt, durationMs } = call;
  if (attempts.length === 0) return <p className="text-muted">{t('live.noAttempt')}</p>;
  const end = Math.max(durationMs, ...attempts.map((one) => one.startedAt - startedAt + one.durationMs), 1);
  const x = scaleLinear([0, end], [0, width]);
  return (
    <>
      <svg viewBox={`0 0 ${width} ${attempts.length * lane}`} className="w-full" aria-hidden="true">
        {attempts.map((one, index) => {
          const from = Math.max(0, one.startedAt - startedAt);
          const first = from + Math.min(one.durationMs, one.firstByteMs ?? one.durationMs);
          const to = from + one.durationMs;
          return (
            <g key={`${one.accountId} ${one.startedAt}`} transform={`translate(0 ${index * lane + 5})`}>
              <rect width={width} height="12" rx="3" className="fill-sunken" />
              <rect x={x(from)} width={Math.max(1.5, x(first) - x(from))} height="12" rx="3" className="fill-edge" />
              <rect
                x={x(first)}
                width={Math.max(1.5, x(to) - x(first))}
                height="12"
                rx="3"
                className={one.fault === undefined ? 'fill-accent' : 'fill-bad'}
              />
            </g>
          );
        })}
      </svg>
      <ol className="flex flex-col gap-1">
        {attempts.map((one, index) => (
          <li key={`${one.accountId} ${one.startedAt}`} className="flex flex-wrap gap-x-3">
            <span className="font-medium">
              {index + 1}. {names[one.accountId] ?? one.accountId}
            </span>
            <span className="text-muted tabular-nums">
              {one.firstByteMs !== undefined &&
                t('live.firstByte', { time: formatDuration(one.firstByteMs, i18n.language) })}{' '}
              {t('live.took', { time: formatDuration(one.durationMs, i18n.language) })} <Outcome attempt={one} />
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}

const faults = [
  'rate-limited',
  'overloaded',
  'credential-rejected',
  'account-blocked',
  'model-unsupported',
  'request-rejected',
  'clock-skewed',
  'not-carried',
  'unreachable',
] as const;

/** What came of it; a fault that is newer than this page keeps its own name. */
function Outcome({ attempt: { fault, status, detail } }: { readonly attempt: Call['attempts'][number] }) {
  const { t } = useTranslation();
  const known = faults.find((one) => one === fault);
  const words = [
    known === undefined ? fault : t(`live.fault-${known}`),
    status === undefined ? undefined : `HTTP ${status}`,
    detail,
  ];
  return words.flatMap((word) => (word === undefined ? [] : `· ${word}`)).join(' ');
}
