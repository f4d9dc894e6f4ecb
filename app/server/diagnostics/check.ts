import type * as z from 'zod';
import type { check } from '../admin/contract.ts';

/** One line of `doctor`. */
export type Check = z.output<typeof check>;
