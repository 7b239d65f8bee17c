import { beforeAll, expect, it } from '@jest/globals';
import { expectRefusal } from '../support/expect-refusal.js';
import { signUp } from '../support/factories.js';
import { request } from '../support/http.js';
import { enter, newMember, newOwner, type Member } from '../support/members.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeEachOnce } from '../support/targets.js';

const NEW_PASSWORD = 'four brown bears by a blue lake';

describeEachOnce('the current password', (target) => {
  let service: SharedService;
  let owner: Member;
  let member: Member;
  beforeAll(async () => {
    service = await sharedService(target);
    owner = await newOwner(service);
    member = await newMember(service, owner, 'admin');
  });

  it.each([
    ['PUT', '/api/v1/account/user/me/password', 'current_password'],
    ['PUT', '/api/v1/account/user/me/email', 'current_password'],
    ['POST', '/api/v1/account/owner', 'password'],
    ['DELETE', '/api/v1/account', 'password'],
  ])('is required at %s %s, with any token (S-12)', async (method, path, field) => {
    const rest = {
      ...(path.endsWith('password') && { new_password: NEW_PASSWORD }),
      ...(path.endsWith('email') && { new_email_address: 'ada@example.com' }),
      ...(path.endsWith('owner') && { user_id: member.id }),
    };
    for (const wrong of ['', 'not it', `${owner.password} `, member.password]) {
      const json = { ...rest, [field]: wrong };
      const answer = await request(service, method, path, { bearer: owner.bearer, json });
      expectRefusal(answer, 403, 40102);
    }
    const answer = await request(service, method, path, { bearer: owner.bearer, json: rest });
    expectRefusal(answer, 400, 40001);
    const { body } = await request(service, 'GET', '/oauth/me', { bearer: owner.bearer });
    expect(body.is_owner).toBe(true);
    // Nothing has changed; this sign-in ends the previous session.
    owner = await enter(service, owner);
    expect(service.output()).toMatch(/password\.refused/);
  });

  it.each([
    ['too short', 'short'],
    ['common', 'passwordpassword'],
    ['the service, twice', 'gatehousegatehouse'],
    ['one letter', 'a'.repeat(40)],
    ['not a text', 7],
  ])('is not replaced by one that is %s (S-01, S-09)', async (_, new_password) => {
    const json = { current_password: owner.password, new_password };
    const path = '/api/v1/account/user/me/password';
    const answer = await request(service, 'PUT', path, { bearer: owner.bearer, json });
    expectRefusal(answer, 400, 40001);
    expect(answer.body.errors[0].field).toBe('new_password');
    owner = await enter(service, owner);
  });

  it('is not replaced by itself, in either Unicode form (S-09)', async () => {
    const path = '/api/v1/account/user/me/password';
    const current = 'crème brûlée à la façon de Zoé';
    const { bearer } = await enter(service, await signUp(service, { password: current }));
    const change = (current_password: string, new_password: string) =>
      request(service, 'PUT', path, { bearer, json: { current_password, new_password } });
    for (const form of ['NFC', 'NFD']) {
      const answer = await change(current, current.normalize(form));
      expectRefusal(answer, 400, 40001);
      expect(answer.body.errors[0].field).toBe('new_password');
    }
    // A wrong password is refused as such, whatever the new one is.
    expectRefusal(await change(NEW_PASSWORD, NEW_PASSWORD), 403, 40102);
    expect((await change(current, current.toUpperCase())).status).toBe(204);
  });
});
