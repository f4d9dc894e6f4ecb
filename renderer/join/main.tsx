import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import * as z from 'zod';
import { readJoinFragment } from '../../app/server/join/contract.ts';
import { JoinPage } from './page.tsx';
import './style.css';

const place = document.getElementById('root');
if (!place) throw new Error('The page has no #root');

// The page's policy forbids making code from text, which zod would otherwise try.
z.config({ jitless: true });
const invite = readJoinFragment(location.hash.slice(1));
// Out of the address bar and its history: what is in it opens the invite.
history.replaceState(null, '', location.pathname);
createRoot(place).render(
  <StrictMode>
    <JoinPage invite={invite} />
  </StrictMode>,
);
