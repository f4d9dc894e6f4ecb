import { signRelease } from './packaging/updates.mjs';

/** `node scripts/sign-update.mjs FOLDER VERSION`, with the private key (PEM, Ed25519) in UPDATE_SIGNING_KEY. */
const [folder = '', version = ''] = process.argv.slice(2);
signRelease(folder, { version, privateKeyPem: process.env['UPDATE_SIGNING_KEY'] ?? '' });
