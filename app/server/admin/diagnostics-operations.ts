import { collect } from '../diagnostics/collect.ts';
import { diagnosticsRoutes } from './contract-diagnostics.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';

export function diagnosticsOperations(parts: AdminParts) {
  return {
    collectDiagnostics: operation(diagnosticsRoutes.collectDiagnostics, async () => {
      const { name, files, bytes } = await collect(parts);
      return {
        ...{ name, archive: bytes.toString('base64') },
        files: files.map((file) => ({ ...file, bytes: Buffer.byteLength(file.text) })),
      };
    }),
  };
}
