import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ConfirmDialog } from '../../components/dialog.tsx';
import type { Change } from '../../stores/api.ts';

interface Question {
  readonly isOpen: boolean;
  /** Saves it as it is; when the address turns out to be a local one, a person is asked first. */
  ask(save: (allowLocal: boolean) => Promise<void>): void;
  yes(): void;
  no(): void;
}

type Asking = Pick<Change<'createAccount'>, 'failure' | 'forget'>;

/** A credential goes to this computer or the local network only after its owner said so (A17). */
export function useLocalQuestion({ failure, forget }: Asking): Question {
  const [save, setSave] = useState<{ run(allowLocal: boolean): Promise<void> }>();
  const [isAnswered, setAnswered] = useState(false);
  const isLocal = failure?.issues?.some(({ path }) => path === 'allowLocalUpstream') ?? false;
  return {
    isOpen: isLocal && !isAnswered && save !== undefined,
    ask: (run) => {
      setAnswered(false);
      setSave({ run });
      void run(false);
    },
    yes: () => {
      setAnswered(true);
      void save?.run(true);
    },
    no: () => {
      setSave(undefined);
      forget();
    },
  };
}

export function LocalQuestion({ question }: { readonly question: Question }) {
  const { t } = useTranslation();
  return (
    <ConfirmDialog
      isOpen={question.isOpen}
      title={t('accounts.localTitle')}
      note={t('accounts.localNote')}
      action={t('accounts.localYes')}
      onConfirm={question.yes}
      onClose={question.no}
    />
  );
}
