import * as z from 'zod';
import { parseJson } from '../protocols/json-value.ts';
import type { Output } from '../server/admin/contract.ts';
import type { Command, Invocation } from './command.ts';
import { withOperations } from './connection.ts';
import { definitionList } from './definitions.ts';
import type { Page } from './page.ts';
import { UsageError } from './usage-error.ts';

type Setting = Output<'changeSetting'>;

export const settingCommands: readonly Command[] = [
  {
    name: 'settings list',
    summary: 'show what may be set while Waystation runs',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        const settings = await operations.listSettings({});
        const text = (page: Page) => settings.map((setting) => settingText(page, setting)).join('\n\n');
        return call.print({ json: settings, text });
      }),
  },
  {
    name: 'settings set',
    argument: 'SETTING',
    summary: 'set one of them',
    flags: { value: { type: 'string', value: 'JSON', text: 'the whole new value' } },
    run: (call) =>
      withOperations(call, async (operations) => {
        return say(call, await operations.changeSetting({ name: call.argument ?? '', value: readValue(call) }));
      }),
  },
  {
    name: 'settings reset',
    argument: 'SETTING',
    summary: 'use the built-in value again',
    flags: {},
    run: (call) =>
      withOperations(call, async (operations) => {
        return say(call, await operations.resetSetting({ name: call.argument ?? '' }));
      }),
  },
];

function say(call: Invocation, setting: Setting): number {
  return call.print({ json: setting, text: (page) => settingText(page, setting) });
}

function settingText(page: Page, { name, description, value }: Setting): string {
  return definitionList(page, [
    ['Setting', name],
    ['Meaning', description],
    ['Value', value === null ? 'built in' : JSON.stringify(value)],
  ]);
}

function readValue({ flags }: Invocation) {
  const { data } = z.json().safeParse(parseJson(flags.required('value')));
  if (data === undefined || data === null) throw new UsageError('--value must be JSON, such as {"field":"text"}.');
  return data;
}
