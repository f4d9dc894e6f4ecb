import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, useEffect, useState } from 'react';
import { createHashRouter, Navigate, RouterProvider } from 'react-router';
import { MayContext, useMay } from './components/allowed.tsx';
import { SignInPage } from './features/sign-in/sign-in-page.tsx';
import { WaitingPage } from './features/waiting/waiting-page.tsx';
import { type PageEntry, pages } from './shell/pages.ts';
import { Shell } from './shell/shell.tsx';
import { queries } from './stores/api.ts';
import { followFeed } from './stores/feed.ts';
import { useSession } from './stores/session.ts';

const FirstRunPage = lazy(async () => ({
  default: (await import('./features/first-run/first-run-page.tsx')).FirstRunPage,
}));

export function App() {
  const phase = useSession((session) => session.phase);
  return (
    // The page's policy allows no styles of its own making.
    <CSPProvider disableStyleElements>
      {phase === 'signed-in' && <SignedIn />}
      {phase === 'waiting' && <WaitingPage />}
      {(phase === 'signed-out' || phase === 'locked') && <SignInPage />}
    </CSPProvider>
  );
}

function SignedIn() {
  // Made only now: the address held the ticket until we were in.
  const [router] = useState(() =>
    createHashRouter([
      {
        element: <Shell />,
        children: [
          ...pages.map((entry) => ({ path: entry.path, element: <Shown {...entry} /> })),
          // In no navigation: Home leads to it until there is a first call.
          { path: '/welcome', element: <Shown needs="createAccount" Page={FirstRunPage} /> },
        ],
      },
    ]),
  );
  useEffect(() => followFeed(queries), []);
  const may = useSession((session) => session.may);
  return (
    <QueryClientProvider client={queries}>
      <MayContext value={may ? (route) => may.has(route) : mayEverything}>
        <RouterProvider router={router} />
      </MayContext>
    </QueryClientProvider>
  );
}

/** Who has the address of a page that is of no use to them is led back. */
function Shown({ needs, Page }: Pick<PageEntry, 'needs' | 'Page'>) {
  const may = useMay();
  return needs === undefined || may(needs) ? <Page /> : <Navigate to="/" replace />;
}

function mayEverything(): boolean {
  return true;
}
