import { Dialog as BaseDialog } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './button.tsx';

interface Props {
  readonly isOpen: boolean;
  readonly title: string;
  readonly note?: string | undefined;
  readonly children: ReactNode;
  /** At the right edge over the whole height, for what belongs to a row; in the middle otherwise. */
  readonly isPane?: boolean;
  onClose(): void;
}

const middle =
  'top-[8vh] left-1/2 max-h-[84vh] w-[min(36rem,calc(100vw-1.5rem))] -translate-x-1/2 rounded-2xl border border-line';
const pane = 'inset-y-0 right-0 w-[min(40rem,100vw)] border-line border-l';

/** Keeps the focus inside, closes on Escape, and gives the focus back. */
export function Dialog({ isOpen, title, note, children, isPane = false, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <BaseDialog.Root open={isOpen} onOpenChange={(isNowOpen) => isNowOpen || onClose()}>
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className="fixed inset-0 z-40 bg-black/40" />
        <BaseDialog.Popup
          className={`fixed z-50 flex flex-col bg-surface text-text shadow-2xl ${isPane ? pane : middle}`}
        >
          <header className="flex items-start gap-4 border-line border-b px-5 py-4">
            <div className="min-w-0 flex-1">
              <BaseDialog.Title className="break-words font-semibold text-base">{title}</BaseDialog.Title>
              {note !== undefined && (
                <BaseDialog.Description className="mt-0.5 text-muted">{note}</BaseDialog.Description>
              )}
            </div>
            <BaseDialog.Close
              aria-label={t('action.close')}
              className="inline-flex size-8 shrink-0 items-center justify-center rounded-lg text-muted hover:bg-sunken hover:text-text"
            >
              <X className="size-4" aria-hidden="true" />
            </BaseDialog.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 py-4">{children}</div>
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  );
}

interface ConfirmProps {
  readonly isOpen: boolean;
  readonly title: string;
  /** What happens, and whether it can be undone. */
  readonly note: string;
  readonly action: string;
  onConfirm(): void;
  onClose(): void;
}

export function ConfirmDialog({ isOpen, title, note, action, onConfirm, onClose }: ConfirmProps) {
  const { t } = useTranslation();
  return (
    <Dialog isOpen={isOpen} title={title} onClose={onClose}>
      <p>{note}</p>
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={onClose}>{t('action.cancel')}</Button>
        <Button look="danger" onClick={onConfirm}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
