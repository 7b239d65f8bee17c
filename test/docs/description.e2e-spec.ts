import { expect, it } from '@jest/globals';
import { request } from '../support/http.js';
import { sharedService } from '../support/shared-service.js';

interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly security?: readonly object[];
}

it('has a summary of each operation, and shows which are public (S-159)', async () => {
  const service = await sharedService();
  const { body } = await request(service, 'GET', '/docs-json');
  const operations = Object.values<Record<string, Operation>>(body.paths).flatMap(Object.values);
  for (const { operationId, summary } of operations as Operation[]) {
    expect(`${operationId}: ${summary}`).toMatch(/: \S/);
  }
  const byId = new Map((operations as Operation[]).map((each) => [each.operationId, each]));
  expect(byId.get('token')?.security).toEqual([{}, { basic: [] }]);
  for (const open of ['health', 'jwks', 'signUp']) {
    expect(byId.get(open)?.security ?? []).toEqual([]);
  }
  for (const closed of ['me', 'validate', 'revoke']) {
    expect(byId.get(closed)?.security?.length).toBeGreaterThan(0);
  }
});
