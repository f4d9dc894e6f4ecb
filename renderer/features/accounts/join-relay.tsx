import { type ReactNode, useEffect } from 'react';
import { useForm, useWatch } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Input, Output } from '../../../app/server/admin/contract.ts';
import { Button } from '../../components/button.tsx';
import { FailureNotice } from '../../components/failure-notice.tsx';
import { Form, FormText, useIssues } from '../../components/form.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { type Change, useChange } from '../../stores/api.ts';

interface Props {
  /** Of the link that led here: it is looked at right away. */
  readonly invite?: string | undefined;
  /** The other way, while no invite was looked at. */
  readonly children?: ReactNode;
  onDone(): void;
}

type Invited = Input<'lookAtInvite'>;
type Host = Output<'lookAtInvite'>;

/** An invite of another Waystation: who answers there is shown before anything is taken. */
export function JoinRelay({ invite, children, onDone }: Props) {
  const { t } = useTranslation();
  const { run, ...look } = useChange('lookAtInvite', []);
  const form = useForm<{ invite: string; at: string }>({ defaultValues: { invite: invite ?? '', at: '' } });
  useEffect(() => {
    if (invite !== undefined) void run({ invite }).catch(() => undefined);
  }, [invite, run]);
  if (look.result) {
    return <Confirm host={look.result} invited={invitedIn(form.getValues())} onOther={look.forget} onDone={onDone} />;
  }
  if (look.isRunning && invite !== undefined) return <Skeleton />;
  return (
    <>
      <Form form={form} onSubmit={(typed) => void run(invitedIn(typed)).catch(() => undefined)}>
        <FormText name="invite" label={t('join.invite')} hint={t('join.inviteHint')} maxLength={600} isRequired />
        <AddressOfCode />
        <LookFailure look={look} />
        <div className="flex justify-end">
          <Button needs="lookAtInvite" type="submit" look="primary" disabled={look.isRunning}>
            {t('join.look')}
          </Button>
        </div>
      </Form>
      {children}
    </>
  );
}

/** A link says itself where it is good. */
function AddressOfCode() {
  const { t } = useTranslation();
  const invite: unknown = useWatch({ name: 'invite' });
  if (typeof invite !== 'string' || invite.trim() === '' || invite.includes('/')) return null;
  return <FormText name="at" label={t('join.at')} placeholder="https://192.168.1.20:8485" maxLength={300} isRequired />;
}

function LookFailure({ look }: { readonly look: Pick<Change<'lookAtInvite'>, 'failure' | 'forget'> }) {
  const { failure, forget } = look;
  useIssues(failure?.issues);
  return failure && (failure.issues ?? []).length === 0 ? <FailureNotice failure={failure} onRetry={forget} /> : null;
}

interface ConfirmProps {
  readonly host: Host;
  readonly invited: Invited;
  onOther(): void;
  onDone(): void;
}

function Confirm({ host, invited, onOther, onDone }: ConfirmProps) {
  const { t } = useTranslation();
  const join = useChange('joinRelay', ['listAccounts', 'status', 'listAttention']);
  const form = useForm({ defaultValues: { name: host.name } });
  const { origin, fingerprint, encryption } = host;
  const trust = trustOf(host);
  return (
    <Form
      form={form}
      onSubmit={({ name }) =>
        void join
          .run({ ...invited, name, fingerprint, allowPlain: encryption === 'plain' })
          .then(onDone, () => undefined)
      }
    >
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
        <dt className="text-muted">{t('join.host')}</dt>
        <dd className="break-all font-mono text-xs leading-5">{origin}</dd>
        {fingerprint !== undefined && (
          <>
            <dt className="text-muted">{t('join.fingerprint')}</dt>
            <dd className="break-all font-mono text-xs leading-5">{fingerprint}</dd>
          </>
        )}
      </dl>
      <p className="flex items-baseline gap-2">
        <StateMark tone={tones[trust]} />
        {t(`join.trust-${trust}`)}
      </p>
      <FormText name="name" label={t('accounts.name')} hint={t('accounts.nameHint')} maxLength={64} isRequired />
      <JoinFailure join={join} />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onOther}>{t('join.other')}</Button>
        <Button needs="joinRelay" type="submit" look="primary" disabled={join.isRunning}>
          {t(`join.join-${trust}`)}
        </Button>
      </div>
    </Form>
  );
}

function JoinFailure({ join }: { readonly join: Pick<Change<'joinRelay'>, 'failure' | 'forget'> }) {
  const { failure, forget } = join;
  useIssues(failure?.issues);
  const isBeside = failure?.issues?.every(({ path }) => path === 'name') ?? false;
  return failure && !isBeside ? <FailureNotice failure={failure} onRetry={forget} /> : null;
}

type Trust = 'named' | 'compare' | 'public' | 'plain';

const tones = { named: 'good', compare: 'caution', public: 'good', plain: 'bad' } as const;

function trustOf({ encryption, isNamed }: Host): Trust {
  if (encryption === 'own-authority') return isNamed ? 'named' : 'compare';
  return encryption;
}

function invitedIn({ invite, at }: { readonly invite: string; readonly at: string }): Invited {
  const isLink = invite.includes('/');
  return { invite: invite.trim(), ...(!isLink && at.trim() !== '' && { at: at.trim() }) };
}
