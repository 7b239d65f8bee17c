import { expect, it } from '@jest/globals';
import { sharedService } from '../support/shared-service.js';
import { apiDocument } from './document.js';

it('shows which operations are public (S-159)', async () => {
  const { operations } = await apiDocument(await sharedService());
  const byId = new Map(operations.map((each) => [each.operationId, each]));
  expect(byId.get('token')?.security).toEqual([{}, { basic: [] }]);
  for (const open of ['health', 'jwks', 'signUp']) {
    expect(byId.get(open)?.security ?? []).toEqual([]);
  }
  for (const closed of ['me', 'validate', 'revoke']) {
    expect(byId.get(closed)?.security?.length).toBeGreaterThan(0);
  }
});
