import { MetricsToken } from '../metrics-token.ts';
import { routes } from './contract.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';

export function metricsOperations({ settings }: Pick<AdminParts, 'settings'>) {
  const token = new MetricsToken(settings);
  return {
    showMetricsAccess: operation(routes.showMetricsAccess, async () => ({ isOn: await token.isSet() })),
    makeMetricsToken: operation(routes.makeMetricsToken, async () => ({ token: await token.make() })),
    removeMetricsToken: operation(routes.removeMetricsToken, async () => {
      await token.remove();
      return { isOn: false };
    }),
  };
}
