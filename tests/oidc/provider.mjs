// A real identity provider for tests/oidc.rs: node provider.mjs FOLDER-OF-node_modules REDIRECT-URI.
// Whoever logs in as NAME+GROUP has that group; every password fits. Prints its address, and ends with its input.
import { createRequire } from 'node:module';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

console.info = console.warn; // whoever started this reads one line
const [folder, redirect] = process.argv.slice(2);
const { default: Provider } = await import(pathToFileURL(createRequire(folder + '/').resolve('oidc-provider')));
const key = (kid, alg, kind, options) => ({ ...generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig' });
const keys = [
  key('r', 'RS256', 'rsa', { modulusLength: 2048 }),
  key('p', 'PS256', 'rsa', { modulusLength: 2048 }),
  key('e', 'ES256', 'ec', { namedCurve: 'P-256' }),
  key('d', 'EdDSA', 'ed25519', {}),
];
const client = (alg) => ({
  client_id: `sigill-${alg}`, client_secret: 'a secret: of+four%words', redirect_uris: [redirect],
  post_logout_redirect_uris: [new URL('/', redirect).href], id_token_signed_response_alg: alg, response_types: ['code'],
  token_endpoint_auth_method: 'client_secret_basic',
});
const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: ['RS256', 'PS256', 'ES256', 'EdDSA'].map(client),
    jwks: { keys },
    cookies: { keys: ['tests only'] },
    conformIdTokenClaims: false,
    claims: { openid: ['sub', 'groups'] },
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'] },
    pkce: { required: () => true },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, groups: ['alla', id.split('+')[1]] }) }),
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
process.stdin.resume().on('end', () => process.exit());
