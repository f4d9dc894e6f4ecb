import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import * as z from 'zod';
import { App } from './app.tsx';
import { startTranslations } from './i18n/translations.ts';
import { watchPresence } from './stores/presence.ts';
import { useSession } from './stores/session.ts';
import './styles/page.css';

const place = document.getElementById('root');
if (!place) throw new Error('The page has no #root');

// The page's policy forbids making code from text, which zod would otherwise try.
z.config({ jitless: true });
watchPresence();
void useSession.getState().open();
void startTranslations().then(() =>
  createRoot(place).render(
    <StrictMode>
      <App />
    </StrictMode>,
  ),
);
