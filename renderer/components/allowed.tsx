import { createContext, type ReactNode, useContext } from 'react';
import type { RouteName } from '../../app/server/admin/contract.ts';

/** Whether who is signed in may call a route. */
export type May = (route: RouteName) => boolean;

/** Who sits at this computer may do everything. */
export const MayContext = createContext<May>(() => true);

/** The one place where a page asks what it may offer: what somebody may not do is not shown to them. */
export function useMay(): May {
  return useContext(MayContext);
}

interface Props {
  readonly to: RouteName;
  readonly children: ReactNode;
}

/** A part of a page that is about one thing to do. */
export function Allowed({ to, children }: Props) {
  return useMay()(to) ? children : null;
}
