import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { MePage } from './page.tsx';
import { useVisit } from './store.ts';
import { startTranslations } from './translations.ts';
import './me.css';

const refreshMs = 30_000;

const place = document.getElementById('root');
if (!place) throw new Error('The page has no #root');

void startTranslations();
void useVisit.getState().look();
setInterval(() => {
  const { phase, look } = useVisit.getState();
  if (document.visibilityState === 'visible' && phase === 'open') void look();
}, refreshMs);
createRoot(place).render(
  <StrictMode>
    <MePage />
  </StrictMode>,
);
