import { createInterface } from 'node:readline';
import multicastDns, { type Packet } from 'multicast-dns';

/** Runs on the other host: prints what is said of a name, asks for it when told to, and claims it when that is wanted. */
const [name = '', address = '', claims] = process.argv.slice(2);
const socket = multicastDns({ interface: address, bind: '0.0.0.0' });
const print = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);

socket.on('ready', () => print('ready'));
socket.on('response', ({ answers = [] }: Packet) => {
  for (const { name: of, type, data, ttl } of answers) {
    if (of === name && data !== address) print(`${type} ${data} ${ttl}`);
  }
});
socket.on('query', ({ questions = [] }: Packet) => {
  if (claims !== 'true' || !questions.some((one) => one.name === name)) return;
  socket.respond({ answers: [{ name, type: 'A', ttl: 120, data: address }] });
});
createInterface(process.stdin)
  .on('line', (type) => socket.query({ questions: [{ name, type: type === 'AAAA' ? 'AAAA' : 'A' }] }))
  .once('close', () => socket.destroy(() => process.exit(0)));
