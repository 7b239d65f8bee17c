// node-oidc-provider with its in-memory adapter: opaque tokens, refresh tokens that do not rotate.
import Provider from 'oidc-provider';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const { PORT } = process.env;
const origin = `http://127.0.0.1:${PORT}`;
const secret = randomBytes(32).toString('base64url');
const provider = new Provider(origin, {
  clients: [
    {
      client_id: 'bench',
      client_secret: secret,
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: ['https://bench.example/callback'],
      response_types: ['code'],
    },
  ],
  features: { devInteractions: { enabled: false } },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  rotateRefreshToken: false,
});

const client = await provider.Client.find('bench');
const accountId = 'ada';
const grant = new provider.Grant({ accountId, clientId: 'bench' });
grant.addOIDCScope('openid offline_access');
const facts = {
  accountId,
  client,
  grantId: await grant.save(),
  gty: 'authorization_code',
  scope: 'openid offline_access',
};
const accessToken = await new provider.AccessToken(facts).save();
const refreshToken = await new provider.RefreshToken(facts).save();

const { version } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'node_modules/oidc-provider/package.json'), 'utf8'),
);
const requests = {
  me: { method: 'GET', path: '/me', headers: { authorization: `Bearer ${accessToken}` } },
  'refresh, token kept': {
    method: 'POST',
    path: '/token',
    headers: {
      authorization: `Basic ${Buffer.from(`bench:${secret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: `grant_type=refresh_token&refresh_token=${refreshToken}`,
  },
};
provider.listen(Number(PORT), '127.0.0.1', () =>
  process.stdout.write(`${JSON.stringify({ name: `oidc-provider ${version}`, requests })}\n`),
);
