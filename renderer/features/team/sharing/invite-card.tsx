import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Output } from '../../../../app/server/admin/contract.ts';
import { Button } from '../../../components/button.tsx';
import { CopyButton } from '../../../components/copy-button.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { QrCode } from './qr-code.tsx';

interface Props {
  readonly issued: Output<'createInvite'>;
  /** As it is now. */
  readonly state: Output<'listInvites'>[number]['state'];
  onClose(): void;
}

const minuteMs = 60_000;

/** What opens an invite, in three ways; shown once. */
export function InviteCard({ issued, state, onClose }: Props) {
  const { t } = useTranslation();
  const { invite, code, links, pages } = issued;
  const [link = '', ...others] = links;
  const left = useMinutesUntil(invite.expiresAt);
  const stateText =
    state === 'taken'
      ? t('invites.takenNow')
      : state === 'open' && left > 0
        ? t('invites.left', { minutes: left })
        : t('invites.over');
  return (
    <Dialog
      isOpen
      title={t('invites.readyTitle', { name: invite.memberName ?? '' })}
      note={t('invites.ready')}
      onClose={onClose}
    >
      <div className="flex flex-col gap-4">
        <p role="status" className="font-medium">
          {stateText}
        </p>
        <QrCode text={link} label={t('invites.qr')} />
        <Line name={t('invites.code')} text={code} copy={t('invites.copyCode')} isLarge />
        <Line name={t('invites.typeAt')} text={pages[0] ?? ''} copy={t('sharing.copyAddress')} />
        <Line name={t('invites.link')} text={link} copy={t('invites.copyLink')} />
        {others.length > 0 && (
          <details>
            <summary className="cursor-pointer">{t('invites.another')}</summary>
            {others.map((other) => (
              <Line key={other} name={t('invites.link')} text={other} copy={t('invites.copyLink')} />
            ))}
          </details>
        )}
        <Button look="primary" className="self-end" onClick={onClose}>
          {t('invites.done')}
        </Button>
      </div>
    </Dialog>
  );
}

interface LineProps {
  readonly name: string;
  readonly text: string;
  readonly copy: string;
  readonly isLarge?: boolean;
}

function Line({ name, text, copy, isLarge = false }: LineProps) {
  return (
    <div className="flex flex-col gap-0.5">
      <div className="flex items-center justify-between gap-2">
        <span className="text-muted text-xs">{name}</span>
        <CopyButton text={text} label={copy} />
      </div>
      <span
        className={`break-all font-mono ${isLarge ? 'font-semibold text-2xl tracking-widest' : 'text-[0.8125rem]'}`}
      >
        {text}
      </span>
    </div>
  );
}

function useMinutesUntil(at: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 10_000);
    return () => clearInterval(timer);
  }, []);
  return Math.max(0, Math.ceil((at - now) / minuteMs));
}
