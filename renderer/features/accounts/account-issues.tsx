import { FailureNotice } from '../../components/failure-notice.tsx';
import { useIssues } from '../../components/form.tsx';
import type { Change } from '../../stores/api.ts';

/** Beside the fields what belongs to them, and the whole of it when something belongs to none. */
export function AccountIssues({ change }: { readonly change: Pick<Change<'createAccount'>, 'failure' | 'forget'> }) {
  const { failure, forget } = change;
  const isAsked = failure?.issues?.some(({ path }) => path === 'allowLocalUpstream') ?? false;
  const issues = failure?.issues ?? [];
  useIssues(issues.length === 0 ? undefined : issues, fieldOf);
  const isBeside = issues.length > 0 && issues.every(({ path }) => /^(name|settings\.\w+|proxy)$/.test(path));
  return failure && !isBeside && !isAsked ? <FailureNotice failure={failure} onRetry={forget} /> : null;
}

function fieldOf(path: string): string {
  return path === 'allowLocalUpstream' ? 'settings.baseUrl' : path;
}
