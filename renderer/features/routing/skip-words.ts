import { useTranslation } from 'react-i18next';

const reasons = {
  'not-bound': 'routing.skip-not-bound',
  'not-in-group': 'routing.skip-not-in-group',
  'service-not-allowed': 'routing.skip-service-not-allowed',
  'passed-over': 'routing.skip-passed-over',
  dedicated: 'routing.skip-dedicated',
  'owner-only': 'routing.skip-owner-only',
  paused: 'routing.skip-paused',
  expired: 'routing.skip-expired',
  'cooling-down': 'routing.skip-cooling-down',
  limited: 'routing.skip-limited',
  'family-limited': 'routing.skip-family-limited',
  'model-limited': 'routing.skip-model-limited',
  'no-new-sessions': 'routing.skip-no-new-sessions',
  reserved: 'routing.skip-reserved',
  capped: 'routing.skip-capped',
  'cap-held': 'routing.skip-cap-held',
  'needs-sign-in': 'routing.skip-needs-sign-in',
  blocked: 'routing.skip-blocked',
  'model-not-supported': 'routing.skip-model-not-supported',
  'needs-client-credential': 'routing.skip-needs-client-credential',
  'client-credential-only': 'routing.skip-client-credential-only',
  'terms-not-accepted': 'routing.skip-terms-not-accepted',
  'client-not-served': 'routing.skip-client-not-served',
  'this-computer-only': 'routing.skip-this-computer-only',
  busy: 'routing.skip-busy',
  probing: 'routing.skip-probing',
  ramping: 'routing.skip-ramping',
} as const;

/** Why an account fell out, for people; a reason that is newer than this page keeps its own name. */
export function useSkipWords(): (reason: string) => string {
  const { t } = useTranslation();
  return (reason) => (isReason(reason) ? t(reasons[reason]) : reason);
}

function isReason(reason: string): reason is keyof typeof reasons {
  return Object.hasOwn(reasons, reason);
}
