import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Router } from 'express';
import { pageHeaders } from '../page-headers.ts';

/** The built page of members, and nothing else of what was built. */
export function mePages(folder: string | undefined): Router {
  const router = express.Router();
  if (folder === undefined || !existsSync(join(folder, 'index.html'))) return router;
  router.use((_request, response, next) => {
    for (const [name, value] of Object.entries(pageHeaders)) response.setHeader(name, value);
    next();
  });
  router.use(
    express.static(folder, {
      index: 'index.html',
      dotfiles: 'ignore',
      setHeaders: (response, path) => {
        const isHashed = path.includes('assets');
        response.setHeader('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    }),
  );
  return router;
}
