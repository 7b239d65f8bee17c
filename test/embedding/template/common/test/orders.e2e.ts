import type { INestApplication } from '@nestjs/common';
import { CodedException, GatehouseService, User } from 'nest-gatehouse';
import { gatehouseTesting, type GatehouseTesting } from 'nest-gatehouse/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import request from 'supertest';
import { DataSource } from 'typeorm';
import { Greetings } from './../src/greetings';
import { Order } from './../src/order.entity';
import { openApp, ORDERS } from './open-app';

const LANTERN = { item: 'Lantern', quantity: 2 };

describe('orders (e2e)', () => {
  let app: INestApplication;
  let gatehouse: GatehouseTesting;

  beforeAll(async () => {
    app = await openApp();
    gatehouse = gatehouseTesting(app);
  });

  afterAll(() => app.close());

  const place = (headers: Record<string, string>) =>
    request(app.getHttpServer()).post(ORDERS).set(headers).send(LANTERN);
  const list = (headers: Record<string, string>) =>
    request(app.getHttpServer()).get(ORDERS).set(headers);

  it('are placed and listed by callers with the scopes', async () => {
    const { account } = await gatehouse.account();
    const clerk = await gatehouse.as({ role: 'clerk', account });
    const reader = await gatehouse.asApiKey({ role: 'read_only', account });
    await place(clerk.headers).expect(201);
    const { text } = await list(reader.headers).expect(200);
    expect(text).toContain('Lantern');
    const refused = await place(reader.headers).expect(403);
    expect(refused.body).toMatchObject({ code: 40302 });
    const anonymous = await list({}).expect(401);
    expect(anonymous.body).toMatchObject({ code: 40101 });
  });

  it('refer to the user and the account of the package', async () => {
    const clerk = await gatehouse.as({ role: 'clerk' });
    await place(clerk.headers).expect(201);
    const [order] = await app
      .get(DataSource)
      .getRepository(Order)
      .find({
        where: { accountId: clerk.account.id },
        relations: { account: true, placedBy: true },
      });
    expect(order?.placedBy).toBeInstanceOf(User);
    expect(order?.placedBy?.id).toBe(clerk.user.id);
    expect(order?.account?.id).toBe(clerk.account.id);
    await app.get(GatehouseService).deleteUser(clerk.account.id, clerk.user.id);
    const left = await app.get(DataSource).getRepository(Order).findOneBy({ id: order?.id });
    expect(left?.placedById).toBeNull();
  });

  it('are refused with the class of exceptions of the package', async () => {
    const { account } = await gatehouse.account();
    const unknown = { emailAddress: 'x@example.com', firstName: 'X', surname: 'X', role: 'none' };
    const refused = app.get(GatehouseService).createUser(account.id, unknown);
    await expect(refused).rejects.toBeInstanceOf(CodedException);
  });

  it('come from users that a durable listener greets, with sealed rows of what they did', async () => {
    const clerk = await gatehouse.as({ role: 'clerk' });
    await eventually(() => expect(app.get(Greetings).greeted).toContain(clerk.user.id));
    const service = app.get(GatehouseService);
    const { items } = await service.listAuditRecords(clerk.account.id);
    expect(items.map(({ event }) => event)).toEqual([
      'sign_in.succeeded',
      'user.created',
      'account.created',
    ]);
    await eventually(async () =>
      expect(await service.verifyAudit(clerk.account.id)).toMatchObject({
        isIntact: true,
        sealed: 3,
        waiting: 0,
      }),
    );
  });
});

/** Repeats a check until it holds, for a minute at most. */
async function eventually(check: () => void | Promise<void>): Promise<void> {
  for (let tries = 0; tries < 1_200; tries++) {
    try {
      return await check();
    } catch {
      await sleep(50);
    }
  }
  await check();
}
