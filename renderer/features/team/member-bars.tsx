import { useTranslation } from 'react-i18next';
import { formatCost } from '../../i18n/format.ts';
import { type Most, type Share, shareOf, spans } from './member-use.ts';
import type { Member, MemberStanding } from './member-values.ts';

interface Props {
  readonly member: Member;
  readonly standing: MemberStanding;
  readonly most: Most;
}

/** What a member spent in the last five hours, today and this week. */
export function MemberBars({ member, standing, most }: Props) {
  const { t, i18n } = useTranslation();
  const shares = shareOf(member, standing, most);
  return (
    <dl className="grid w-56 grid-cols-[auto_1fr_auto] items-center gap-x-2 text-xs">
      {spans.map((span) => (
        <div key={span} className="contents">
          <dt className="whitespace-nowrap text-muted">{t(`members.${span}`)}</dt>
          <dd>
            <Bar {...shares[span]} />
          </dd>
          <dd className="text-right tabular-nums">{formatCost(standing[span].costNanoUsd, i18n.language)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Bar({ share, isOfLimit }: Share) {
  const isNear = isOfLimit && share >= 0.8;
  const fill = isNear ? (share >= 1 ? 'fill-bad' : 'fill-caution') : isOfLimit ? 'fill-accent' : 'fill-edge';
  return (
    <svg viewBox="0 0 100 6" preserveAspectRatio="none" className="h-1.5 w-full" aria-hidden="true">
      <rect width="100" height="6" rx="3" className="fill-sunken" />
      <rect width={share * 100} height="6" rx="3" className={fill} />
    </svg>
  );
}
