import packageJson from '../../package.json' with { type: 'json' };
import { openApiDocument } from '../server/admin/openapi.ts';
import type { Command } from './command.ts';

export const openApiCommand: Command = {
  name: 'openapi',
  summary: 'print the admin API as an OpenAPI 3.1 document',
  flags: {},
  run: async (call) => {
    const document = openApiDocument(packageJson.version);
    return call.print({ json: document, text: () => JSON.stringify(document, undefined, 2) });
  },
};
