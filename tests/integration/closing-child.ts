import { createServer } from 'node:http';

/** Node's own HTTP server, which closes whatever comes: what connections cost at all. Says what CPU it has used when asked. */
const server = createServer((request) => request.socket.destroy());
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined, secret: '' });
});

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMs: (user + system) / 1_000 });
});
process.on('disconnect', () => process.exit());
