import { beforeAll, expect, it } from '@jest/globals';
import { request } from '../support/http.js';
import { startService, type TestService } from '../support/service.js';
import { describeTargets } from '../support/targets.js';

const LISTED = 'https://app.example.com';

describeTargets(
  'a service with CORS_ORIGINS',
  (target) => {
    let service: TestService;
    beforeAll(async () => {
      service = await startService({ target, env: { CORS_ORIGINS: LISTED } });
    });

    const allowedOrigin = async (origin: string, method = 'GET') => {
      const headers = { origin, 'access-control-request-method': 'GET' };
      const answer = await request(service, method, '/oauth/me', { headers });
      return answer.headers.get('access-control-allow-origin');
    };

    it('names a listed origin', async () => {
      expect(await allowedOrigin(LISTED)).toBe(LISTED);
      expect(await allowedOrigin(LISTED, 'OPTIONS')).toBe(LISTED);
    });

    it.each([
      'https://elsewhere.example.com',
      `${LISTED}.evil.example`,
      'http://app.example.com',
      `${LISTED}:8443`,
      'null',
    ])('does not reflect %s (S-42)', async (origin) => {
      expect([LISTED, null]).toContain(await allowedOrigin(origin));
      expect([LISTED, null]).toContain(await allowedOrigin(origin, 'OPTIONS'));
    });
  },
  { databases: ['sqlite'] },
);
