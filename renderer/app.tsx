import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import { createHashRouter, RouterProvider } from 'react-router';
import { SignInPage } from './features/sign-in/sign-in-page.tsx';
import { pages } from './shell/pages.ts';
import { Shell } from './shell/shell.tsx';
import { queries } from './stores/api.ts';
import { useSession } from './stores/session.ts';

export function App() {
  const { phase, refusal } = useSession();
  return (
    // The page's policy allows no styles of its own making.
    <CSPProvider disableStyleElements>
      {phase === 'signed-in' && <SignedIn />}
      {phase === 'signed-out' && <SignInPage refusal={refusal} />}
    </CSPProvider>
  );
}

function SignedIn() {
  // Made only now: the address held the ticket until we were in.
  const [router] = useState(() =>
    createHashRouter([{ element: <Shell />, children: pages.map(({ path, Page }) => ({ path, element: <Page /> })) }]),
  );
  return (
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  );
}
