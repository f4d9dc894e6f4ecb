import { useTranslation } from 'react-i18next';
import { Masked } from '../../components/masked.tsx';
import { formatPast } from '../../i18n/format.ts';
import { useApi } from '../../stores/api.ts';

/** From where a member's keys were used, the latest first. */
export function MemberDevices({ memberId }: { readonly memberId: string }) {
  const { t, i18n } = useTranslation();
  const keys = new Map((useApi('listKeys', { member: memberId }).value ?? []).map(({ id, name }) => [id, name]));
  const devices = (useApi('listKeyDevices', {}).value ?? []).filter(({ keyId }) => keys.has(keyId));
  if (devices.length === 0) return null;
  return (
    <section className="flex flex-col gap-2">
      <h3 className="font-semibold">{t('devices.heading')}</h3>
      <ul className="flex flex-col gap-1">
        {devices.map(({ keyId, address, userAgent, at }) => (
          <li key={`${keyId} ${address}`} className="min-w-0 break-words">
            <Masked text={address} />{' '}
            <span className="text-muted text-xs">
              {[keys.get(keyId), userAgent, formatPast(at, i18n.language, Date.now())].filter(Boolean).join(' · ')}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
