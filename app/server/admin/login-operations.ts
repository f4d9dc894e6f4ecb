import type * as z from 'zod';
import type { SignInTarget } from '../../accounts/sign-ins.ts';
import { sharingTerms, subscriptionTerms } from '../../accounts/terms.ts';
import { showAccount } from './account-operations.ts';
import { routes } from './contract.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';

/** Shorter than the time that clients give an answer. */
const waitMs = 8_000;

export function loginOperations(parts: AdminParts) {
  const { signIns } = parts;
  return {
    showLoginTerms: operation(routes.showLoginTerms, async () => ({
      terms: [...subscriptionTerms],
      sharing: sharingTerms,
    })),
    startLogin: operation(routes.startLogin, async ({ target, way, isSetupToken }) => {
      const { id, ...started } = await signIns.start({ target: toTarget(target), way, isSetupToken });
      return { loginId: id, ...started };
    }),
    finishLogin: operation(routes.finishLogin, async ({ loginId, pasted }) => {
      const account = await signIns.finish(loginId, { pasted, waitMs });
      return { account: account ? await showAccount(parts, account.id) : null };
    }),
    cancelLogin: operation(routes.cancelLogin, async ({ loginId }) => {
      signIns.cancel(loginId);
      return {};
    }),
    linkLogin: operation(routes.linkLogin, async ({ target }) => {
      const { id } = await signIns.link(toTarget(target));
      return await showAccount(parts, id);
    }),
  };
}

function toTarget(target: z.output<typeof routes.linkLogin.input>['target']): SignInTarget {
  return 'accountId' in target ? target : { account: target };
}
