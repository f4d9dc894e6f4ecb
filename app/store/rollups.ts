import { memberGroups } from './member-tables.ts';
import { rollupSql } from './rollup-sql.ts';
import { billedSums } from './rollup-triggers.ts';

/**
 * What the sums of usage are now, from the rows themselves, `usage as new`: for checking, and for making them anew.
 * Whoever changes it writes a migration that makes the table and its triggers anew.
 */
export const sumsFromRows = rollupSql({ groups: memberGroups, sums: billedSums }).fromRows;
