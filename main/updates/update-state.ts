import type * as z from 'zod';
import type { desktopUpdate } from '../../app/server/admin/contract-desktop.ts';

/** Where an update is. Nothing is fetched or installed before somebody asks for it. */
export type UpdateState = Readonly<z.output<typeof desktopUpdate>>;
